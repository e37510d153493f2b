//! What the administrator's pages of mail show.
