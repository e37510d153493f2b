//! Names and places of backups.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
