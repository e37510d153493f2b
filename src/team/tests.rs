//! The room against a real database.
