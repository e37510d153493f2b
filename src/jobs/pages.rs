//! The administrator's pages of the queue.
