//! The program: parse the command line, run it, say how it ended.

use clap::Parser as _;
use wamanager::operator::{self, Cli, Exit};

// Small allocations come and go by the thousand per second here, and musl's own allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    operator::main(Cli::parse())
}
