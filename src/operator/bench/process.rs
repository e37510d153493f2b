//! The program under test, as the operating system sees it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use url::Url;

use crate::operator::Failure;

/// Linux counts CPU time in `/proc` in hundredths of a second on every architecture that we build for.
const TICKS_PER_SECOND: u64 = 100;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts the server from this very binary, on `data_dir` and any free port.
    pub fn spawn(data_dir: &Path, network: &Url) -> Result<Self, Failure> {
        Self::spawn_program(&std::env::current_exe()?, data_dir, network)
    }

    /// The same from another build of this program.
    pub fn spawn_program(program: &Path, data_dir: &Path, network: &Url) -> Result<Self, Failure> {
        // The port is free again when the child binds it; nothing else on this machine wants it in between.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(program)
            .args([
                "bench",
                "serve",
                "--network",
                network.as_str(),
                "--listen",
                &address.to_string(),
            ])
            .arg("--data-dir")
            .arg(data_dir)
            .args(["--log-level", "warn"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { child, address })
    }

    /// SIGKILL, without a graceful shutdown.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Resident memory in KiB.
    pub fn resident(&self) -> Result<u64, Failure> {
        self.status("VmRSS:")
    }

    /// Private memory in KiB: without the pages of the binary, which all its processes share.
    pub fn private(&self) -> Result<u64, Failure> {
        self.status("RssAnon:")
    }

    fn status(&self, name: &str) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.unwrap_or_default().trim().trim_end_matches(" kB").trim();
        Ok(kib.parse().unwrap_or(0))
    }

    /// CPU time used so far, user and system.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may contain blanks, so the fields are counted from after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        Ok(Duration::from_millis(
            (ticks(11) + ticks(12)) * 1_000 / TICKS_PER_SECOND,
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
