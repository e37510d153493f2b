//! Mail: what the program writes to people.
