# Mail
mail-footer = Written by WhatsApp Manager Pro. Nobody reads answers to this address.
mail-link-by-hand = If the button does not work, open this address:
mail-test-subject = Mail from WhatsApp Manager Pro works
mail-test-text = This mail was sent to see whether mail arrives. It came from { $url }.
mail-test-button = Open the list of mail
mail-test-note = Nothing needs to be done.
