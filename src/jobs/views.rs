//! What the administrator's pages of the queue show.
