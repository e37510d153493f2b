//! The program: run what the command line says, and say how it ended.

use wamanager::operator::{self, Exit};

// Small allocations come and go by the thousand per second here, and musl's own allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    operator::main()
}
