//! Admin: the pages of whoever owns the box.
