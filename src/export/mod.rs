//! Export: everything that a person or a workspace has here, as one file to take away.
