//! Audit: who did what, for the people who have to answer for it.
