//! The rules of billing, line by line.
