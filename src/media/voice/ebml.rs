//! The elements of WebM, as browsers write them: segments and clusters may have no size.

use std::io::{self, Read, Seek, SeekFrom};

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const SIMPLE_BLOCK: u32 = 0xA3;
const TRACKS: u32 = 0x1654_AE6B;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const AUDIO: u32 = 0xE1;
const CHANNELS: u32 = 0x9F;

/// A frame of sound or video is far smaller; what claims more is damaged.
const MOST: u64 = 4 * 1024 * 1024;

/// A track of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::media) struct Track {
    pub number: u64,
    /// 1 is video, 2 is sound.
    pub kind: u64,
    pub codec: String,
    pub channels: u64,
}

/// What the walk meets, in the order of the file.
pub(in crate::media) enum Met {
    Track(Track),
    /// A frame of the track with this number.
    Frame(u64, Vec<u8>),
}

/// Whether a track of the file is a video.
pub(in crate::media) fn has_video(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let mut video = false;
    // Tracks come before the first frame.
    walk(file, &mut |met| match met {
        Met::Track(track) => {
            video |= track.kind == 1;
            !video
        }
        Met::Frame(..) => false,
    })?;
    Ok(video)
}

/// Tells `met` every track and frame until it answers `false`. A file that ends too early just ends.
pub(in crate::media) fn walk(file: &mut (impl Read + Seek), met: &mut dyn FnMut(Met) -> bool) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut at = 0;
    let mut track = Track::default();
    let mut in_track_until = 0;
    while at < end {
        let Some((id, size, start)) = element(file, at)? else {
            break;
        };
        if in_track_until > 0 && at >= in_track_until {
            in_track_until = 0;
            if !met(Met::Track(std::mem::take(&mut track))) {
                return Ok(());
            }
        }
        // What has no size is as long as what is in it: the walk just goes on inside, as it does for every container.
        match id {
            SEGMENT | CLUSTER | TRACKS | BLOCK_GROUP | AUDIO => {
                at = start;
                continue;
            }
            TRACK_ENTRY => {
                in_track_until = start.saturating_add(size.unwrap_or(0));
                at = start;
                continue;
            }
            _ => {}
        }
        let Some(size) = size else { break };
        let close = start.saturating_add(size);
        match id {
            TRACK_NUMBER => track.number = number(file, start, size)?,
            TRACK_TYPE => track.kind = number(file, start, size)?,
            CHANNELS => track.channels = number(file, start, size)?,
            CODEC_ID if size <= 64 => {
                track.codec = String::from_utf8_lossy(&bytes(file, start, size)?)
                    .trim_end_matches('\0')
                    .to_owned();
            }
            SIMPLE_BLOCK | BLOCK if size <= MOST && close <= end => {
                if let Some(frame) = frame(&bytes(file, start, size)?)
                    && !met(frame)
                {
                    return Ok(());
                }
            }
            _ => {}
        }
        at = close;
    }
    if in_track_until > 0 {
        met(Met::Track(track));
    }
    Ok(())
}

/// Id, size (`None`: unknown) and where the content begins; `None` at the end.
fn element(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<(u32, Option<u64>, u64)>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = Vec::with_capacity(12);
    file.by_ref().take(12).read_to_end(&mut head)?;
    let Some((id, id_length)) = vint(&head, 4, true) else {
        return Ok(None);
    };
    let Some((size, size_length)) = vint(&head[id_length..], 8, false) else {
        return Ok(None);
    };
    let unknown = size == (1_u64 << (7 * size_length)) - 1;
    let id = u32::try_from(id).map_err(io::Error::other)?;
    Ok(Some((
        id,
        (!unknown).then_some(size),
        at + (id_length + size_length) as u64,
    )))
}

/// A number whose first byte says how long it is; an id keeps the marker, a size does not.
fn vint(bytes: &[u8], longest: usize, keeps_marker: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > longest || bytes.len() < length {
        return None;
    }
    let mut value = u64::from(first);
    if !keeps_marker {
        value &= (1_u64 << (8 - length)) - 1;
    }
    for byte in &bytes[1..length] {
        value = value << 8 | u64::from(*byte);
    }
    Some((value, length))
}

fn bytes(file: &mut (impl Read + Seek), start: u64, size: u64) -> io::Result<Vec<u8>> {
    // The head of the element was read with some of what follows it.
    file.seek(SeekFrom::Start(start))?;
    let mut content = Vec::new();
    file.by_ref().take(size).read_to_end(&mut content)?;
    Ok(content)
}

fn number(file: &mut (impl Read + Seek), start: u64, size: u64) -> io::Result<u64> {
    let content = bytes(file, start, size.min(8))?;
    Ok(content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Track, two bytes of time, one of flags, the frame. Browsers put one frame into a block; laced ones are left out.
fn frame(block: &[u8]) -> Option<Met> {
    const LACING: u8 = 0b0110;
    let (track, length) = vint(block, 8, false)?;
    let flags = *block.get(length + 2)?;
    (flags & LACING == 0).then(|| Met::Frame(track, block[length + 3..].to_vec()))
}
