//! The program: runs the command line and exits with its code.

use wamanager::operator::{self, Exit};

// Thousands of small allocations a second happen here, and musl's own allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    operator::main()
}
