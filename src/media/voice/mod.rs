//! Voice notes: what a browser records becomes the mono Ogg/Opus that phones play.
//!
//! What is Opus already is repacked without a loss; other sounds are encoded. Nothing is held whole: a minute decoded
//! would be 11 MB. AAC is not decoded here: a browser that records it sends the sound decoded instead.

pub(in crate::media) mod ebml;
mod encode;
mod wav;
mod wave;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom, Write};

use nanomp3::Reader as Mp3;
use opus_pure::{MAX_PACKET_SAMPLES, OggOpusReader, OggOpusWriter, OpusDecoder, OpusHead, Trim};

use self::ebml::{Met, Track};
use self::encode::Encoder;
use self::wave::{Meter, RATE};
use super::sniff::OPUS;

/// The longest note that is made.
pub(super) const MOST_MINUTES: u32 = 60;
const MOST_SECONDS: u64 = MOST_MINUTES as u64 * 60;

/// What the message says about its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceNote {
    pub seconds: u32,
    /// 64 values from 0 to 100.
    pub waveform: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum VoiceError {
    /// Not a sound that becomes a voice note here.
    Unfit,
    /// Over [`MOST_MINUTES`].
    TooLong,
    Io(io::Error),
}

impl From<io::Error> for VoiceError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<opus_pure::Error> for VoiceError {
    fn from(error: opus_pure::Error) -> Self {
        tracing::debug!(%error, "a recording cannot be read");
        Self::Unfit
    }
}

/// Writes the sound in `from`, whose type is `mime` by its content, as a voice note into `to`. Blocks.
pub(super) fn convert(from: File, mime: &str, to: File) -> Result<VoiceNote, VoiceError> {
    match mime {
        OPUS => of_ogg(from, to),
        "audio/webm" => of_webm(from, to),
        "audio/wav" => of_wav(from, to),
        "audio/mpeg" => of_mp3(from, to),
        _ => Err(VoiceError::Unfit),
    }
}

/// A mono file is passed through as it is.
fn of_ogg(mut from: File, to: File) -> Result<VoiceNote, VoiceError> {
    from.rewind()?;
    let mut reader = OggOpusReader::new(BufReader::new(from.try_clone()?))?;
    let head = reader.head().clone();
    if head.mapping_family != 0 {
        return Err(VoiceError::Unfit);
    }
    let mono = head.channel_count == 1;
    let rate = if mono { RATE } else { encode::RATE };
    // A decoder of one channel mixes down by itself.
    let mut decoder = OpusDecoder::new(rate, 1)?;
    let mut trim = Trim::new(&head, rate, 1)?;
    let (mut meter, mut pcm) = (Meter::new(rate), vec![0.0; MAX_PACKET_SAMPLES]);
    let mut encoder = if mono {
        None
    } else {
        Some(Encoder::new(to.try_clone()?)?)
    };
    while let Some(packet) = reader.read_packet()? {
        let decoded = decoder.decode(&packet.data, most(rate), &mut pcm)?;
        let kept = trim.keep(&packet, &pcm[..decoded]);
        meter.push(kept)?;
        if let Some(encoder) = &mut encoder {
            encoder.push(kept)?;
        }
    }
    match encoder {
        Some(encoder) => encoder.finish()?,
        None => {
            from.rewind()?;
            let mut to = BufWriter::new(to);
            io::copy(&mut from, &mut to)?;
            to.flush()?;
        }
    }
    meter.note()
}

/// Samples of the longest packet.
fn most(rate: i32) -> usize {
    MAX_PACKET_SAMPLES * usize::try_from(rate).unwrap_or(0) / 48_000
}

/// What Chromium records: the packets are moved into another container, unless they are stereo.
fn of_webm(from: File, to: File) -> Result<VoiceNote, VoiceError> {
    let mut from = BufReader::new(from);
    let track = opus_track(&mut from)?;
    if track.channels > 1 {
        return of_stereo_webm(from, &track, to);
    }
    // The pre-skip of a recording says 0, which no encoder has; libopus's is 312.
    let mut writer = OggOpusWriter::new(BufWriter::new(to), OpusHead::new(1, 48_000)?)?;
    let (mut decoder, mut meter) = (OpusDecoder::new(RATE, 1)?, Meter::new(RATE));
    let mut pcm = vec![0.0; MAX_PACKET_SAMPLES];
    frames(&mut from, track.number, |packet| {
        writer.write_packet(packet)?;
        let decoded = decoder.decode(packet, most(RATE), &mut pcm)?;
        meter.push(&pcm[..decoded])
    })?;
    writer.finish()?.flush()?;
    meter.note()
}

fn of_stereo_webm(mut from: BufReader<File>, track: &Track, to: File) -> Result<VoiceNote, VoiceError> {
    let (mut decoder, mut meter) = (OpusDecoder::new(encode::RATE, 1)?, Meter::new(encode::RATE));
    let (mut encoder, mut pcm) = (Encoder::new(to)?, vec![0.0; MAX_PACKET_SAMPLES]);
    frames(&mut from, track.number, |packet| {
        let decoded = decoder.decode(packet, most(encode::RATE), &mut pcm)?;
        meter.push(&pcm[..decoded])?;
        encoder.push(&pcm[..decoded])
    })?;
    encoder.finish()?;
    meter.note()
}

fn opus_track(from: &mut BufReader<File>) -> Result<Track, VoiceError> {
    let mut found = None;
    ebml::walk(from, &mut |met| match met {
        Met::Track(track) if track.kind == 2 && track.codec == "A_OPUS" => {
            found = Some(track);
            false
        }
        Met::Track(_) => true,
        Met::Frame(..) => false,
    })?;
    found.ok_or(VoiceError::Unfit)
}

/// Gives every packet of the track to `take` until it fails.
fn frames(
    from: &mut BufReader<File>,
    track: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), VoiceError>,
) -> Result<(), VoiceError> {
    let mut outcome = Ok(());
    ebml::walk(from, &mut |met| {
        if let Met::Frame(of, packet) = met
            && of == track
        {
            outcome = take(&packet);
        }
        outcome.is_ok()
    })?;
    outcome
}

fn of_wav(from: File, to: File) -> Result<VoiceNote, VoiceError> {
    let mut sound = wav::Wav::open(BufReader::new(from))?;
    encoded(sound.rate(), to, |take| sound.read(take))
}

fn of_mp3(mut from: File, to: File) -> Result<VoiceNote, VoiceError> {
    from.seek(SeekFrom::Start(0))?;
    let unfit = |_| VoiceError::Unfit;
    let mut sound = Mp3::<_, f32>::new(BufReader::new(from)).map_err(unfit)?;
    let (rate, channels) = (sound.sample_rate(), sound.channels().ok_or(VoiceError::Unfit)?);
    if sound
        .total_samples()
        .is_some_and(|samples| samples > u64::from(rate) * MOST_SECONDS)
    {
        return Err(VoiceError::TooLong);
    }
    encoded(rate, to, |take| {
        while let Some(frame) = sound.read_frame().map_err(unfit)? {
            take(&wave::mixed(frame, usize::from(channels.num())))?;
        }
        Ok(())
    })
}

/// Takes mono samples of any rate.
type Take<'a> = dyn FnMut(&[f32]) -> Result<(), VoiceError> + 'a;

/// Encodes what `give` gives, at `rate`.
fn encoded(
    rate: u32,
    to: File,
    give: impl FnOnce(&mut Take<'_>) -> Result<(), VoiceError>,
) -> Result<VoiceNote, VoiceError> {
    let mut bend = wave::Bend::new(rate)?;
    let (mut encoder, mut meter) = (Encoder::new(to)?, Meter::new(encode::RATE));
    give(&mut |samples| {
        let at_48k = bend.push(samples);
        meter.push(at_48k)?;
        encoder.push(at_48k)
    })?;
    encoder.finish()?;
    meter.note()
}

#[cfg(test)]
mod tests;
