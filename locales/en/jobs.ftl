# Jobs: the queue, for administrators
jobs-title = Job queue
jobs-line = Work that is done in the background: mails, webhooks, exports, backups. Finished jobs are kept for a day, failed ones for 90 days.
jobs-look-again = Refresh
jobs-lanes = Lanes
jobs-lane = Lane
jobs-lane-all = All lanes
jobs-lane-campaign = Campaigns
jobs-lane-webhook = Webhooks
jobs-lane-email = Email
jobs-lane-analytics = Analytics
jobs-lane-media = Media
jobs-lane-upkeep = Upkeep
jobs-states = States
jobs-state = State
jobs-state-all = All states
jobs-state-waiting = Waiting
jobs-state-ready = Ready
jobs-state-running = Running
jobs-state-done = Done
jobs-state-dead = Failed
jobs-state-discarded = Discarded
jobs-stopping = Stopping
jobs-search = Kind or id
jobs-find = Find
jobs-show-all = Show all jobs
jobs-summary = { $count ->
    [one] { $count } job
   *[other] { $count } jobs
}
jobs-empty-title = The queue is empty
jobs-empty-line = Nothing waits and nothing failed. Jobs appear here as soon as there is something to do in the background.
jobs-none-title = No results
jobs-none-line = No job fits what you look for. Choose another lane or state, or show all.
jobs-kind = Job
jobs-attempts = Attempts
jobs-attempts-value = { $begun } of { $most }
jobs-at = When
jobs-error = Last error
jobs-progress = Progress
jobs-progress-value = { $done } of { $total }
jobs-id = Id
jobs-workspace = Workspace
jobs-priority = Priority
jobs-created = Made
jobs-started = Last begun
jobs-finished = Ended
jobs-due = Next attempt
jobs-unique-key = Unique key
jobs-payload = Details
jobs-retry = Do it now
jobs-retried = The job is next.
jobs-retry-dead = { $count ->
    [one] Retry { $count } failed job
   *[other] Retry all { $count } failed jobs
}
jobs-retry-dead-found = Retry the failed jobs found
jobs-retried-dead = { $count ->
    [one] { $count } job is tried again.
   *[other] { $count } jobs are tried again.
}
jobs-discard = Discard
jobs-discarded = The job was discarded. It can be put back for 7 days.
jobs-discard-hint = A discarded job is not done. It can be put back for 7 days.
jobs-stop = Stop
jobs-stop-asked = The job was told to stop. It is discarded when it does, after a few seconds at most.
jobs-stop-hint = What a stopped job has done so far stays done.
