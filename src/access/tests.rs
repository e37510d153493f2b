//! Tokens and keys against a real database.
