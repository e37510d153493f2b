# Mail
