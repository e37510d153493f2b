# Jobs: the queue, for administrators
jobs-title = Job queue
jobs-line = Background work: emails, webhooks, exports, backups. Finished jobs are kept for a day, failed ones for 90 days.
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
jobs-states = Status
jobs-state = Status
jobs-state-all = Any status
jobs-state-waiting = Waiting
jobs-state-ready = Ready
jobs-state-running = Running
jobs-state-done = Done
jobs-state-dead = Failed
jobs-state-discarded = Discarded
jobs-stopping = Stopping
jobs-search = Search by kind or ID
jobs-show-all = Show all jobs
jobs-summary = { $count ->
    [one] { $count } job
   *[other] { $count } jobs
}
jobs-empty-title = The queue is empty
jobs-empty-line = Nothing is waiting and nothing has failed. Background jobs appear here.
jobs-none-title = No results
jobs-none-line = No job matches. Choose another lane or status, or show all jobs.
jobs-kind = Job
jobs-attempts = Attempts
jobs-attempts-value = { $begun } of { $most }
jobs-at = When
jobs-error = Last error
jobs-progress = Progress
jobs-progress-value = { $done } of { $total }
jobs-id = ID
jobs-workspace = Workspace
jobs-priority = Priority
jobs-created = Created
jobs-started = Last started
jobs-finished = Finished
jobs-due = Next attempt
jobs-unique-key = Unique key
jobs-payload = Technical details
jobs-retry = Run now
jobs-retried = The job will run next.
jobs-retry-dead = { $count ->
    [one] Retry { $count } failed job
   *[other] Retry all { $count } failed jobs
}
jobs-retry-dead-found = Retry the failed jobs found
jobs-retried-dead = { $count ->
    [one] { $count } job will be retried.
   *[other] { $count } jobs will be retried.
}
jobs-discard = Discard
jobs-discarded = The job was discarded. You can restore it for 7 days.
jobs-discard-hint = A discarded job doesn’t run. You can restore it for 7 days.
jobs-stop = Stop
jobs-stop-asked = The job is stopping. It will be discarded within a few seconds.
jobs-stop-hint = Work that a stopped job has already done isn’t undone.

# What was refused
jobs-not-found = There is no such job. It may have been removed since: finished jobs are kept for a while only.
jobs-refused-retry = This job is { $state ->
    [waiting] waiting
    [ready] ready
    [running] running
    [done] done
    [dead] dead
   *[discarded] discarded
  }, so there is nothing to try again.
jobs-refused-discard = This job is { $state ->
    [waiting] waiting
    [ready] ready
    [running] running
    [done] done
    [dead] dead
   *[discarded] discarded
  }. Only a job that waits or failed can be discarded; one that runs can be stopped.
jobs-refused-stop = This job is { $state ->
    [waiting] waiting
    [ready] ready
    [running] running
    [done] done
    [dead] dead
   *[discarded] discarded
  }, so there is nothing to stop.
jobs-refused-same = The same work is waiting already in another job; that one will do it.
