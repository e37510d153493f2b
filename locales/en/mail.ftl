# Mail
mail-hello = Hello,
mail-footer = Sent by WhatsApp Manager Pro. Replies to this address are not read.
mail-link-by-hand = If the button does not work, open this address:
mail-test-subject = Mail from WhatsApp Manager Pro works
mail-test-text = This mail was sent to see whether mail arrives. It came from { $url }.
mail-test-button = Open the list of mail
mail-test-note = Nothing needs to be done.

mail-title = Mail
mail-line = What this installation has written to people in the last 30 days.
mail-server = Mail leaves by { $server }, from { $sender }.
mail-no-server = No mail server is set up, so nobody gets mail.
mail-no-server-how = Each mail is kept here instead: open it and pass its link on. To send mail, set smtp.host in wamanager.toml and WAMANAGER_SMTP_PASSWORD in the environment, then start the program again.
mail-test = Send a test mail to me
mail-test-queued = A test mail to { $address } is on its way.
mail-test-kept = There is no mail server, so the test mail to { $address } is only kept here.
mail-copy-label = Copy the link for { $address }
mail-states = Filter by state
mail-state-all = All
mail-state-queued = Waiting
mail-state-sent = Sent
mail-state-filed = Kept here
mail-state-failed = Failed
mail-summary = { $count ->
    [one] 1 mail
   *[other] { $count } mails
}
mail-none-title = No matching email
mail-none-line = Nothing is in this state now.
mail-show-all = Show all
mail-empty-title = No mail yet
mail-empty-line = Confirmations, invitations and warnings appear here as they are written.
mail-unreadable = Sealed with another master key
mail-subject = Subject
mail-state = State
mail-when = Written
mail-error = Error
mail-to = To
mail-written = Written
mail-sent-at = Sent
mail-filed-at = Kept
mail-id = Id
mail-filed-title = Nobody got this mail
mail-filed-line = There is no mail server, so it was written to a file. Pass the text on yourself, or set up a mail server and send it again.
mail-text = Text
mail-text-secret = Links in it let people in. Give them only to the person they are for.
mail-text-gone = The text is dropped as soon as a mail has left, because links in it let people in.
mail-text-sealed = The text cannot be opened: it was sealed with another master key.
mail-again = Send it now
mail-queued-again = The mail is on its way again.
mail-kept-again = There is no mail server, so the mail is only kept here. Copy its link and pass it on.
