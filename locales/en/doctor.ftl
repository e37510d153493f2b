# The state of the installation, on the administrator’s page and by “wamanager doctor”

doctor-build = build
doctor-build-test = this is a test-network build; install the default one to run a business
doctor-build-version = version { $version }
doctor-client = WhatsApp version
doctor-client-current = { $version }, current on { $date }
doctor-client-old = { $version } was current on { $date }; WhatsApp refuses old versions, first when a number is linked. Let this machine reach web.whatsapp.com, or set whatsapp_version
doctor-client-chosen = { $version } was set by whatsapp_version and isn’t known to be current; WhatsApp refuses old versions. Set a newer one, or remove the option
doctor-zones = time zones
doctor-zones-table = table { $version }; this machine is in { $zone }
doctor-zones-own = a zone of its own
doctor-directory = data directory
doctor-directory-open = others may look into { $path }, which holds messages; close it with: chmod 700 { $path }
doctor-running = running
doctor-not-running = not running; `wamanager serve` starts it
doctor-works = works
doctor-database = database
doctor-keys = keys
doctor-master-key = master key
doctor-master-key-fits = fits; fingerprint { $print }. It is in no backup: keep a copy of it apart
doctor-master-key-other = app.db was sealed under another master key than the one in use ({ $print })
doctor-master-key-next = { $place } holds another key ({ $found }) than the one in use ({ $print }), so the next start fails; put the one with the fingerprint { $print } back
doctor-master-key-start = the next start fails: { $why }. Needed is the key with the fingerprint { $print }
doctor-master-key-backup = the newest backup, { $file }, was sealed under another key: keep that key
doctor-master-key-backup-of = the newest backup, { $file }, was sealed under another key ({ $print }): keep that key
doctor-held = restored backup
doctor-held-since = { $messages } message(s) and { $emails } email(s) waited in it and are held, since they may have gone out already: wamanager backup resume, or wamanager backup discard
doctor-backups = backups
doctor-backups-failed = the last attempt failed: { $why }. The last good one was made: { $last }
doctor-backups-never = never
doctor-backups-overdue = the last one is of { $last }; one is made every night while the server runs, or now with: wamanager backup create
doctor-backups-good = the last good one is of { $last }
doctor-backups-none = none yet; the first is made ten minutes after the server starts, then one every night
doctor-pages = database pages
doctor-pages-good = no damage found
doctor-pages-failed = the check failed: { $why }
doctor-mail = mail
doctor-mail-none = no mail server is set up, so nobody gets mail; set smtp.host, or pass on what `wamanager mail list` shows
doctor-mail-failed = { $failed } did not leave; `wamanager mail list --state failed` says why
doctor-mail-counts = { $sent } sent, { $waiting } waiting
doctor-files = files
doctor-files-good = can be saved, read and deleted in { $place }
doctor-files-broken = can’t be saved: { $why }
doctor-files-clock = the clock of { $place } differs from this machine’s by { $seconds } seconds; it refuses requests from 900 seconds on. Set this machine’s clock
doctor-scanner = virus scanner
doctor-scanner-good = { $version } answers; its signatures are of { $date }
doctor-scanner-own = { $version } answers, with signatures of your own only
doctor-scanner-old = { $version } answers, but its signatures are of { $date }; let freshclam update them every day
doctor-scanner-silent = doesn’t answer, so no file is taken in or sent: { $why }. Start clamd, or correct media.clamd
doctor-objects = stored files
doctor-objects-missing = { $missing } { $missing ->
    [one] file is
   *[other] files are
  } missing from the store; bring the directory or bucket back if you have it. Otherwise WhatsApp or the phone is asked when someone opens one
doctor-objects-strays = { $strays } { $strays ->
    [one] file belongs
   *[other] files belong
  } to no message, as after a restore of an older backup. They’re deleted a week after they were first seen; to keep them, copy them away
doctor-objects-shared = other installations ({ $others }) keep files in the same bucket. Give each one a bucket of its own; until then nothing in it is cleaned up. If one no longer exists, delete its name in wamanager-installations/
doctor-numbers = numbers
doctor-number = number { $name }
doctor-number-state = { $state }
doctor-number-fix = { $state } run: { $command }
doctor-number-keys = { $state } Put the wa.db of this installation back and restart, if you have it; otherwise run: { $command }
doctor-number-keys-only = { $state } Put the wa.db of this installation back and restart, if you have it.
# The words are those of “wamanager session list”.
doctor-number-is = { $state ->
    [unlinked] unlinked.
    [pairing] pairing.
    [connecting] connecting.
    [connected] connected.
    [degraded] degraded.
    [reconnecting] reconnecting.
    [restricted] restricted.
    [logged_out] logged out.
    [banned] banned.
    [replaced] replaced.
    [needs_attention] needs attention.
    [paused] paused.
   *[stopped] stopped.
  }
doctor-stopped = The server does not run.

# How long the program runs
uptime-minutes = { $minutes } min
uptime-hours = { $hours } h { $minutes } min
uptime-days = { $days } d { $hours } h
