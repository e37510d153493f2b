# What stands around every page
nav-person = You
settings-group-own = Your account

# Guests
chats-guest = You’re looking around as a guest. Log in to write.
guest = Guest

# Long messages
message-more = Read more

# Passwords
password-reveal = Show password

# Lists
search = Search

# The pretend phone of the demo
phone-to-inbox = Back to the inbox

# Typing a name to confirm
type-exactly = Type “{ $name }” exactly to confirm.
