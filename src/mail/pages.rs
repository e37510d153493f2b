//! The administrator's pages of mail.
