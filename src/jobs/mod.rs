//! Jobs: work that is done later, kept in the database until it is done.
