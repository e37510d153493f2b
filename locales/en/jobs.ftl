# Jobs
