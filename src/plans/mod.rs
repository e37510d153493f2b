//! Plans: what a workspace may use, and the one gate that counts it.
