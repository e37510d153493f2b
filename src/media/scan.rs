//! Asks clamd about a file. Its `OK` means "no known malware found", not "looked at whole".

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::config::Clamd;

const CHUNK: usize = 64 * 1024;
/// Longer than any scan of a file of the size that is let in.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most of an answer that is read.
const ANSWER: u64 = 4096;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    NothingFound,
    /// The name that the scanner gives it.
    Found(String),
}

/// A connection of either kind.
trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// One connection for each file: clamd answers only the first command of one. Blocks.
///
/// # Errors
/// When clamd gives no answer, or none about the file: then it was not scanned.
pub(super) fn scan(at: &Clamd, file: impl Read) -> io::Result<Verdict> {
    ask(connect(at, ANSWER_TIMEOUT)?, file)
}

/// What clamd says of itself and its signatures. Blocks.
///
/// # Errors
/// When it gives no answer.
pub(super) fn version(at: &Clamd) -> io::Result<String> {
    let mut stream = connect(at, CONNECT_TIMEOUT)?;
    stream.write_all(b"zVERSION\0")?;
    let mut answer = Vec::new();
    Read::by_ref(&mut stream).take(ANSWER).read_to_end(&mut answer)?;
    let said = String::from_utf8_lossy(&answer)
        .trim_matches(['\0', '\n', ' '])
        .to_owned();
    if said.is_empty() {
        return Err(io::Error::other("clamd gave no answer"));
    }
    Ok(said)
}

fn connect(at: &Clamd, patience: Duration) -> io::Result<Box<dyn Line>> {
    Ok(match at {
        Clamd::Socket(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(patience))?;
            stream.set_write_timeout(Some(patience))?;
            Box::new(stream)
        }
        Clamd::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, CONNECT_TIMEOUT)?;
            stream.set_read_timeout(Some(patience))?;
            stream.set_write_timeout(Some(patience))?;
            Box::new(stream)
        }
    })
}

fn ask(mut stream: impl Read + Write, file: impl Read) -> io::Result<Verdict> {
    // It closes while we write when the file is over its limit, and still says so.
    let written = send(&mut stream, file);
    let mut answer = Vec::new();
    let read = Read::by_ref(&mut stream).take(ANSWER).read_to_end(&mut answer);
    if answer.is_empty() {
        written?;
        read?;
        return Err(io::Error::other("clamd gave no answer"));
    }
    judge(&String::from_utf8_lossy(&answer))
}

fn send(stream: &mut impl Write, mut file: impl Read) -> io::Result<()> {
    stream.write_all(b"zINSTREAM\0")?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        let length = u32::try_from(read).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        if read == 0 {
            return stream.flush();
        }
        stream.write_all(&chunk[..read])?;
    }
}

fn judge(answer: &str) -> io::Result<Verdict> {
    let answer = answer.trim_matches(['\0', '\n', ' ']);
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        return Ok(Verdict::NothingFound);
    }
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Verdict::Found(name.to_owned())),
        None => Err(io::Error::other(format!("clamd said {said:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// A clamd that reads what it is sent, or only the first bytes of it, and gives one answer.
    fn clamd(answer: &'static str, reads: usize) -> (tempfile::TempDir, Clamd, thread::JoinHandle<Vec<u8>>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clamd.ctl");
        let listener = UnixListener::bind(&path).unwrap();
        let thread = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut file = Vec::new();
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let length = u32::from_be_bytes(length) as usize;
                if length == 0 || file.len() + length > reads {
                    break;
                }
                let mut chunk = vec![0; length];
                stream.read_exact(&mut chunk).unwrap();
                file.extend(chunk);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            file
        });
        (dir, Clamd::Socket(path), thread)
    }

    #[test]
    fn the_whole_file_is_sent_and_the_finding_named() {
        let file = vec![7; 3 * CHUNK + 5];
        let (_dir, at, thread) = clamd("stream: Demo.Harmless-1.UNOFFICIAL FOUND\0", usize::MAX);
        let verdict = scan(&at, &file[..]).unwrap();
        assert_eq!(verdict, Verdict::Found("Demo.Harmless-1.UNOFFICIAL".to_owned()));
        assert!(thread.join().unwrap() == file);
        let (_dir, at, thread) = clamd("stream: OK\0", usize::MAX);
        assert_eq!(scan(&at, &b"x"[..]).unwrap(), Verdict::NothingFound);
        thread.join().unwrap();
    }

    #[test]
    fn no_answer_and_a_complaint_are_no_clean_bill() {
        let (_dir, at, thread) = clamd("", usize::MAX);
        assert!(scan(&at, &b"x"[..]).is_err());
        thread.join().unwrap();
        // Over its limit it answers and closes while the rest is still being written.
        let (_dir, at, thread) = clamd("INSTREAM size limit exceeded. ERROR\0", CHUNK);
        let file = vec![7; 64 * CHUNK];
        assert!(scan(&at, &file[..]).is_err());
        thread.join().unwrap();
        assert!(scan(&Clamd::Socket("/nowhere/clamd.ctl".into()), &b"x"[..]).is_err());
    }
}
