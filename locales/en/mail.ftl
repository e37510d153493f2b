# Email
mail-hello = Hello,
mail-footer = Sent by WhatsApp Manager Pro. Replies to this address are not read.
mail-footer-reply = Sent by WhatsApp Manager Pro. Your reply goes to { $address }.
mail-link-by-hand = If the button doesn’t work, open this link:
mail-test-subject = Email from WhatsApp Manager Pro works
mail-test-text = This email was sent to check that email arrives. It came from { $url }.
mail-test-button = Open the list of emails
mail-test-note = There’s nothing you need to do.

mail-title = Email
mail-line = Emails from this server in the last 30 days.
mail-server = Email is sent through { $server }, from { $sender }.
mail-no-server = No email server is set up, so nothing is sent.
mail-no-server-how = Emails are kept here instead: open one and pass its link on. To send email, set smtp.host in wamanager.toml and WAMANAGER_SMTP_PASSWORD in the environment, then restart the server.
mail-test = Send me a test email
mail-test-queued = A test email to { $address } is on its way.
mail-test-kept = There’s no email server, so the test email to { $address } is only kept here.
mail-states = Filter by status
mail-state-all = All
mail-state-queued = Waiting
mail-state-sent = Sent
mail-state-filed = Kept here
mail-state-failed = Failed
mail-summary = { $count ->
    [one] 1 email
   *[other] { $count } emails
}
mail-none-title = No matching email
mail-none-line = No email has this status right now.
mail-show-all = Show all
mail-empty-title = No email yet
mail-empty-line = Confirmations, invitations and alerts appear here as they are written.
mail-unreadable = Sealed with another master key
mail-subject = Subject
mail-state = Status
mail-when = Written
mail-error = Error
mail-to = To
mail-written = Written
mail-sent-at = Sent
mail-filed-at = Kept
mail-id = ID
mail-filed-title = This email wasn’t sent
mail-filed-line = There’s no email server, so it was saved to a file. Pass the text on yourself, or set up an email server and send it again.
mail-text = Text
mail-text-secret = Links in this text let people in. Share them only with the person they’re for.
mail-text-gone = The text is deleted once an email is sent, because its links let people in.
mail-text-sealed = The text can’t be opened: it was sealed with another master key.
mail-again = Send now
mail-queued-again = The email is on its way again.
mail-kept-again = There’s no email server, so the email is only kept here. Copy its link and pass it on.

# What was refused
mail-not-found = There is no such email. It may have been deleted: emails are kept for 30 days.
mail-refused-gone = This email was sent, and its text is not kept. Ask for a new one where it came from.
mail-refused-address = This is not an email address; for example ada@example.com.
