# What pages, answers and errors of every room share

text-verbatim = { $words }
text-followed = { $first } { $next }

wait-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
  }
wait-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
  }
wait-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
  }

# Problems
problem-internal = Something went wrong on our side. Try again; if it keeps happening, tell the administrator the request id.
problem-invalid = Please correct the marked fields.
problem-not-found = There is nothing here, or it belongs to another workspace.
problem-not-logged-in = Please log in.
problem-role = Your role in this workspace doesn’t allow this. Ask an owner of the workspace.
problem-admin-only = Only administrators of this installation may do this.
problem-no-workspace = You aren’t a member of any workspace yet. Ask an owner to invite you.
problem-guest = Guests look around and change nothing. Log in as a member.
problem-too-slow = The request took too long to arrive. Send it again over a better connection.
problem-too-large = This is larger than the server accepts. Send less at once.
problem-encoded-body = Send the body as it is, without Content-Encoding. Only answers are compressed here.
problem-disk-full = The server’s disk is full; nothing was changed. Ask the administrator to free some space.
problem-wrong-method = This address can’t be used like that. Go back and use the buttons on the page.
problem-https-needed = You opened this over http; logging in needs { $address }. Nothing was changed: open it there and try again.
problem-other-site = This request was made by another site.
problem-other-workspace = You’ve switched to another workspace since this page was loaded. Reload it to see where you are, then try again.
problem-out-of-date = This page is out of date. Reload it and try again.
problem-too-many-tabs = Too many tabs are open. Close some; until then this page shows nothing new by itself.
problem-bad-form = This form could not be read. Reload the page and try again.
problem-bad-json = This request could not be read. Reload the page and try again.
problem-bad-address = Part of this address could not be read. Check it, or start from another page.

problem-title-https = Open this over https
problem-title-not-found = Not found
problem-title-forbidden = Not allowed
problem-title-gone = No longer valid
problem-title-too-many = Too many attempts
problem-title-disk-full = Disk full
problem-title-internal = Something went wrong
problem-title-other = That did not work

# Answers to programs
api-wrong-method = This address doesn’t take this method. Use one that the Allow header of this answer lists.
api-bad-request = The request could not be understood, or comes from a page that may not call this.
api-bad-credential = The credential is neither an access token nor an API key. Send Authorization: Bearer, a space, and one of them.
api-no-credential = This needs an access token or an API key: send it as Authorization: Bearer ….
api-person-only = No API key can do this: it is a person’s. Log in and use an access token, or do it on the pages.
api-missing-scope = This key does not have the scope { $scope }. Make a key that has it.
api-key-bound = This key is bound to one number and opens only what belongs to it. Make a key for the whole workspace.
api-rate-limited = You have made more than { $most } requests within a minute. Wait as long as Retry-After says.
api-in-flight = A request with this Idempotency-Key is being carried out. Ask again in a moment.
api-key-reused = This Idempotency-Key was used for another request. Use a new key for each thing to do.
api-bad-header = The header Idempotency-Key has a value that cannot be used: see errors.
api-header-shape = Use 1 to { $most } visible ASCII characters, for example a UUID.
api-bad-parameter = A parameter of the address has a value that cannot be used: see errors.
api-limit-range = Use a whole number from 1 to { $most }.
api-cursor-unknown = Use the next_cursor of the page before, unchanged, or leave it out to begin.
api-no-such-field = There is no field "{ $field }". Choose from: { $known }.
api-choose-from = Choose from: { $known }.
api-scheduled-change = Edits, deletions, reactions and votes can’t be scheduled.
api-bad-time = Write a time like 2030-01-01T00:00:00Z.
api-bad-range = The file ends before the part that was asked for.
api-bad-id = Use an ID as the API gives it, unchanged.
api-text-too-long = Use at most { $most } characters.
api-search-empty = Write what to look for.
api-lines-range = Send 1 to { $most } messages at once.
api-not-json = Send the body as JSON, with the header Content-Type: application/json.
api-body-cut = The body could not be read to its end. Send it again.
api-body-no-object = The body must be a JSON object: {"{"} … {"}"}.
api-body-wrong = Some fields are not right; see errors.
api-body-syntax = The body is not valid JSON (line { $line }, column { $column }).
api-body-unfit = The body doesn’t have the fields this address takes. See the documentation.
api-field-missing = This field is missing.
api-field-of-another-type = A message of this type has no such field. Leave it out.
api-mention-by-address = Name the person by a phone number or a WhatsApp address.
api-field-twice = This field appears twice. Send it once.
api-field-unknown = There is no field with this name.
api-field-unknown-of = There is no field with this name. Known fields: { $known }.
api-field-string = This must be a string.
api-field-boolean = This must be true or false.
api-field-number = This must be a number.
api-field-whole-number = This must be a whole number.
api-field-out-of-range = This number is too small or too large.
api-field-list = This must be a list.
api-field-object = This must be an object.
api-field-unusable = This value can’t be used here. See the documentation.
api-mail-kept = This installation has no mail server. If a link was written, its administrator finds it under Admin → Email and can pass it on.
api-mail-verification = We have sent you an email. Open its link to confirm your address, then log in.
api-mail-reset = If there is an account with this address, we have sent a link to it.
api-mail-new-address = We have sent a link to the new address. Open it to change to that address.
