//! The boxes of MP4 files, as far as needed to tell sound from video.

use std::io::{self, Read, Seek, SeekFrom};

/// More boxes on one level than any file of a phone or browser has.
const MOST: usize = 4096;

/// Whether a track of the file is a video. Recordings of sound alone are called video by their first bytes.
pub(super) fn has_video(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let end = file.seek(SeekFrom::End(0))?;
    find(file, 0, end, &[b"moov", b"trak", b"mdia", b"hdlr"])
}

/// Follows `path` into every box of its name and asks the handlers at its end.
fn find(file: &mut (impl Read + Seek), mut at: u64, end: u64, path: &[&[u8; 4]]) -> io::Result<bool> {
    let [wanted, inner @ ..] = path else { return Ok(false) };
    for _ in 0..MOST {
        if at + 8 > end {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let (mut size, mut start) = (
            u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]])),
            at + 8,
        );
        if size == 1 && at + 16 <= end {
            let mut long = [0; 8];
            file.read_exact(&mut long)?;
            (size, start) = (u64::from_be_bytes(long), at + 16);
        }
        let close = if size == 0 {
            end
        } else {
            at.saturating_add(size).min(end)
        };
        if close < start {
            break;
        }
        if head[4..] == wanted[..] {
            let found = if inner.is_empty() {
                is_video(file, start, close)?
            } else {
                find(file, start, close, inner)?
            };
            if found {
                return Ok(true);
            }
        }
        at = close;
    }
    Ok(false)
}

/// Version and flags, a reserved word, the handler.
fn is_video(file: &mut (impl Read + Seek), start: u64, close: u64) -> io::Result<bool> {
    if start + 12 > close {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(start + 8))?;
    let mut handler = [0; 4];
    file.read_exact(&mut handler)?;
    Ok(&handler == b"vide")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(inside.len() + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(inside);
        bytes
    }

    fn with(handlers: &[&[u8; 4]]) -> Vec<u8> {
        let mut movie = boxed(b"mvhd", &[0; 100]);
        for handler in handlers {
            let inside = [&[0; 8][..], &handler[..], &[0; 12]].concat();
            movie.extend(boxed(b"trak", &boxed(b"mdia", &boxed(b"hdlr", &inside))));
        }
        [
            boxed(b"ftyp", b"isomiso5"),
            boxed(b"moov", &movie),
            boxed(b"mdat", &[0; 9]),
        ]
        .concat()
    }

    #[test]
    fn a_video_is_a_file_with_a_track_that_is_one() {
        let asked = |bytes: Vec<u8>| has_video(&mut Cursor::new(bytes)).unwrap();
        assert!(!asked(with(&[b"soun"])));
        assert!(asked(with(&[b"soun", b"vide"])));
        assert!(!asked(Vec::new()));
        // Sizes that lie end the search, and nothing else.
        assert!(!asked(vec![0, 0, 0, 2, b'm', b'o', b'o', b'v', 0, 0]));
        assert!(!asked([&[0xff; 4][..], b"moov", &[0xff; 4], b"trak"].concat()));
    }
}
