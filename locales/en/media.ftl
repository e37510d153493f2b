# Files of messages
media-not-found = This file doesn’t exist any more.
media-address-expired = This link has expired. Ask for a new one.
media-empty = This file is empty. Choose it again, or save it again in the program it came from.
media-too-large = This file is too large. Files can be up to { $limit }.
media-damaged-picture = This picture is damaged and can’t be opened. Try to open it on your device, and save it again.
media-program = This is a program, whatever its name says, and programs aren’t sent. Put it into a ZIP file if the other person expects it.
media-unsafe = The virus scanner found { $finding } in this file, so it wasn’t sent.
media-not-scanned = The virus scanner isn’t answering, so no file can be sent right now. Try again in a few minutes; if this lasts, tell your administrator.
media-not-a-voice-note = This recording can’t become a voice message. Send it as an audio file instead.
media-too-long = Voice messages can be up to { $count ->
    [one] one minute
   *[other] { $count } minutes
  } long.
media-store-trouble = Files can’t be saved right now. Try again in a few minutes; if this lasts, tell your administrator.

# In a file’s place
media-missing = Not downloaded yet
media-missing-too-large = Too large to download here. Open it on the phone.
media-missing-no-room = Not downloaded: your plan’s storage is full
media-missing-damaged = The file arrived damaged. Ask the sender to send it again.
media-missing-expired = WhatsApp no longer has this file. The phone may still have it.
media-missing-cleared = Deleted here after the time your workspace keeps files
media-missing-lost = The file is missing from this server’s storage
media-missing-asked = Waiting for the phone to send it again. Open WhatsApp on the phone if this takes long.
media-missing-nowhere = Neither WhatsApp nor the phone has this file any more. Ask the sender to send it again.
media-quarantined = Blocked: the virus scanner found something in this file

media-get = Download
media-save = Save
media-ask-phone = Ask the phone for it

# Settings → Storage
media-storage-title = Storage
media-storage-text = Pictures, voice messages, videos and documents from your chats
media-part-pictures = Pictures
media-part-sounds = Voice and audio
media-part-videos = Videos
media-part-documents = Documents and other files
media-keep-title = How long files are kept
media-keep-text = Older files are deleted here every night to free up space. Messages stay, and so do the files on the phone; while WhatsApp still has a file, you can download it again.
media-keep = Keep files
media-keep-always = As long as their messages
media-keep-days = For { $count ->
    [one] one day
   *[other] { $count } days
  }
media-keep-saved = { $count ->
    [0] Saved. No file is older than that.
    [one] Saved. One file ({ $size }) is older than that and will be deleted tonight.
   *[other] Saved. { $count } files ({ $size }) are older than that and will be deleted tonight.
  }
