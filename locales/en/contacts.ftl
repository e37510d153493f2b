# Contacts, and whom a message is for

contacts-not-found = There is no such contact in this workspace.
contacts-name-wrong = Use 1 to 100 characters.
recipient-no-address = Nobody has this WhatsApp address: they end in @s.whatsapp.net, @lid or @g.us.
recipient-no-contact = This is not a contact’s id: they look like con_1a2b3c.
recipient-no-username = No contact here has this username. People can be written to by it after they wrote first.
recipient-other-forms = The @username of somebody who wrote to you works too.

# Why a text is no phone number, and how to write one
numbers-write-one = { $why } Write one, like { $number }.
numbers-write-example = { $why } Write it with its country code, like { $number }.
numbers-write-this = { $why } If it is right, write { $number }.
numbers-or = { $one } or { $other }
numbers-nothing = There is no phone number in this text.
numbers-letters = There are letters in this phone number.
numbers-unreadable = This can’t be read as a phone number.
numbers-date = This is a date, not a phone number.
numbers-tax = This is a tax number, not a phone number.
numbers-book = This is the number of a book, not a phone number.
numbers-digits-lost = A spreadsheet has cut digits off this number: format its column as text.
numbers-other-link = This link names no phone number.
numbers-email = This is an email address, not a phone number.
numbers-several = This is more than one phone number.
numbers-too-short = This is too short for a phone number.
numbers-too-long = This is too long for a phone number.
numbers-no-area-code = The area code is missing.
numbers-no-such-country = No country has this country code.
numbers-ambiguous = This could be a number here or abroad.
numbers-unknown = No phone number looks like this.
