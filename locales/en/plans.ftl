# Plans
