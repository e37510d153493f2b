//! Mono samples at 48 kHz become Ogg/Opus that is exactly as long as they are.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead, RateControl};

use super::VoiceError;

pub(super) const RATE: i32 = 48_000;
/// 20 ms.
const FRAME: usize = 960;
/// As phones record.
const BITS_PER_SECOND: i32 = 24_000;

pub(super) struct Encoder {
    encoder: OpusEncoder,
    writer: OggOpusWriter<BufWriter<File>>,
    pre_skip: usize,
    /// Less than a frame between calls, so that there is always a last one.
    pending: Vec<f32>,
    total: u64,
    packet: Vec<u8>,
}

impl Encoder {
    pub(super) fn new(to: File) -> Result<Self, VoiceError> {
        let mut encoder = OpusEncoder::new(RATE, 1, Application::Voip)?;
        encoder.bitrate_bps = BITS_PER_SECOND;
        encoder.rate_control = RateControl::Vbr;
        // A third faster than the best, and not to be heard at this rate.
        encoder.complexity = 5;
        let head = OpusHead::for_encoder(&encoder, 48_000);
        Ok(Self {
            pre_skip: head.pre_skip.into(),
            writer: OggOpusWriter::new(BufWriter::new(to), head)?,
            encoder,
            pending: Vec::new(),
            total: 0,
            packet: vec![0; MAX_PACKET_BYTES],
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), VoiceError> {
        self.total += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        let mut done = 0;
        while self.pending.len() - done > FRAME {
            let length = self
                .encoder
                .encode(&self.pending[done..done + FRAME], FRAME, &mut self.packet)?;
            self.writer.write_packet(&self.packet[..length])?;
            done += FRAME;
        }
        self.pending.drain(..done);
        Ok(())
    }

    /// The encoder is `pre_skip` samples behind: silence flushes them, and the last packet says where the sound ends.
    pub(super) fn finish(mut self) -> Result<(), VoiceError> {
        let end = self.pre_skip as u64 + self.total;
        let rest = self.pending.len() + self.pre_skip;
        let frames = rest.div_ceil(FRAME);
        self.pending.resize(frames * FRAME, 0.0);
        for (at, frame) in self.pending.chunks(FRAME).enumerate() {
            let length = self.encoder.encode(frame, FRAME, &mut self.packet)?;
            let packet = &self.packet[..length];
            if at + 1 == frames {
                let written = u64::try_from(self.writer.granule()).unwrap_or(0);
                let left = u32::try_from(end.saturating_sub(written)).map_err(|_| VoiceError::TooLong)?;
                self.writer.write_packet_with_duration(packet, left)?;
            } else {
                self.writer.write_packet(packet)?;
            }
        }
        self.writer.finish()?.flush()?;
        Ok(())
    }
}
