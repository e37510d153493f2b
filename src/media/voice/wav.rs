//! PCM in a WAV file: what a page sends that had to decode its recording itself.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::{MOST_SECONDS, VoiceError, wave};

/// Frames read at a time.
const FRAMES: usize = 4096;

pub(super) struct Wav<R> {
    file: R,
    rate: u32,
    channels: usize,
    format: Format,
    /// Bytes of samples from here on.
    left: u64,
}

#[derive(Clone, Copy)]
enum Format {
    Int16,
    Float32,
}

impl Format {
    const fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Float32 => 4,
        }
    }
}

impl<R: Read + Seek> Wav<R> {
    /// Stands at the first sample.
    pub(super) fn open(mut file: R) -> Result<Self, VoiceError> {
        file.seek(SeekFrom::Start(12))?;
        let mut found = None;
        loop {
            let mut head = [0; 8];
            match file.read_exact(&mut head) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(VoiceError::Unfit),
                read => read?,
            }
            let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            match (&head[..4], found) {
                (b"fmt ", _) if (16..=64).contains(&size) => {
                    let mut format = vec![0; size as usize + (size % 2) as usize];
                    file.read_exact(&mut format).map_err(|_| VoiceError::Unfit)?;
                    found = Some(format_of(&format).ok_or(VoiceError::Unfit)?);
                }
                (b"data", Some((format, channels, rate))) => {
                    let frames = size / (channels * format.bytes()) as u64;
                    // Whoever streams a file writes the largest size there is.
                    if frames > u64::from(rate) * MOST_SECONDS && size < u64::from(u32::MAX) - 1024 {
                        return Err(VoiceError::TooLong);
                    }
                    return Ok(Self {
                        file,
                        rate,
                        channels,
                        format,
                        left: size,
                    });
                }
                _ => {
                    let past = i64::try_from(size + size % 2).map_err(|_| VoiceError::Unfit)?;
                    file.seek(SeekFrom::Current(past))?;
                }
            }
        }
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Gives all samples to `take`, mixed to one channel.
    pub(super) fn read(&mut self, take: &mut super::Take<'_>) -> Result<(), VoiceError> {
        let frame = self.channels * self.format.bytes();
        let mut bytes = Vec::with_capacity(FRAMES * frame);
        while self.left > 0 {
            bytes.clear();
            let read = self
                .file
                .by_ref()
                .take(self.left.min((FRAMES * frame) as u64))
                .read_to_end(&mut bytes)?;
            if read == 0 {
                break;
            }
            self.left -= read as u64;
            let samples: Vec<f32> = match self.format {
                Format::Int16 => bytes
                    .chunks_exact(2)
                    .map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0)
                    .collect(),
                Format::Float32 => bytes
                    .chunks_exact(4)
                    .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                    // A file may hold anything under the name of a number.
                    .map(|sample| {
                        if sample.is_finite() {
                            sample.clamp(-1.0, 1.0)
                        } else {
                            0.0
                        }
                    })
                    .collect(),
            };
            take(&wave::mixed(&samples, self.channels))?;
        }
        Ok(())
    }
}

fn format_of(format: &[u8]) -> Option<(Format, usize, u32)> {
    let two = |at: usize| Some(u16::from_le_bytes([*format.get(at)?, *format.get(at + 1)?]));
    let (mut tag, channels, bits) = (two(0)?, two(2)?, two(14)?);
    let rate = u32::from(two(4)?) | u32::from(two(6)?) << 16;
    if tag == 0xFFFE {
        tag = two(24)?;
    }
    let format = match (tag, bits) {
        (1, 16) => Format::Int16,
        (3, 32) => Format::Float32,
        _ => return None,
    };
    ((1..=8).contains(&channels)).then_some((format, channels.into(), rate))
}
