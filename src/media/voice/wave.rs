//! Length and shape of a sound, and its samples at another rate.

use super::{MOST_SECONDS, VoiceError, VoiceNote};

/// Enough for a shape.
pub(super) const RATE: i32 = 16_000;
/// Values of the shape that phones draw.
const VALUES: usize = 64;

/// Adds up a sound: its length, and how loud each 20 ms are.
pub(super) struct Meter {
    rate: u64,
    samples: u64,
    window: usize,
    sum: f32,
    in_window: usize,
    loudness: Vec<f32>,
}

impl Meter {
    pub(super) fn new(rate: i32) -> Self {
        let rate = rate.unsigned_abs();
        Self {
            rate: rate.into(),
            samples: 0,
            window: rate as usize / 50,
            sum: 0.0,
            in_window: 0,
            loudness: Vec::new(),
        }
    }

    /// # Errors
    /// [`VoiceError::TooLong`].
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), VoiceError> {
        self.samples += samples.len() as u64;
        if self.samples > self.rate * MOST_SECONDS {
            return Err(VoiceError::TooLong);
        }
        for sample in samples {
            self.sum += sample.abs();
            self.in_window += 1;
            if self.in_window == self.window {
                self.loudness.push(self.sum / self.window as f32);
                (self.sum, self.in_window) = (0.0, 0);
            }
        }
        Ok(())
    }

    /// # Errors
    /// [`VoiceError::Unfit`] for a sound without samples.
    pub(super) fn note(mut self) -> Result<VoiceNote, VoiceError> {
        if self.samples == 0 {
            return Err(VoiceError::Unfit);
        }
        if self.in_window > 0 {
            self.loudness.push(self.sum / self.in_window as f32);
        }
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len().max(1) as f32;
        let count = self.loudness.len();
        let values: Vec<f32> = (0..VALUES)
            .map(|at| {
                let from = at * count / VALUES;
                let to = ((at + 1) * count / VALUES).max(from + 1).min(count);
                mean(&self.loudness[from.min(count - 1)..to])
            })
            .collect();
        let loudest = values.iter().copied().fold(0.0, f32::max);
        let shape = |value: &f32| {
            if loudest > 0.0 {
                (value / loudest * 100.0).round() as u8
            } else {
                0
            }
        };
        // A note of half a second has a length, too.
        let seconds = (self.samples + self.rate / 2) / self.rate;
        Ok(VoiceNote {
            seconds: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX),
            waveform: values.iter().map(shape).collect(),
        })
    }
}

/// One channel out of several.
pub(super) fn mixed(interleaved: &[f32], channels: usize) -> Vec<f32> {
    let one = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    interleaved.chunks_exact(channels.max(1)).map(one).collect()
}

/// Brings samples to 48 kHz, on straight lines between them: speech has nothing above what that keeps.
pub(super) struct Bend {
    /// Samples of the source for one of ours.
    step: f64,
    /// Where the next sample of ours lies, counted from `last`.
    at: f64,
    last: Option<f32>,
    bent: Vec<f32>,
}

impl Bend {
    /// # Errors
    /// [`VoiceError::Unfit`] for rates that no sound has.
    pub(super) fn new(rate: u32) -> Result<Self, VoiceError> {
        if !(4_000..=192_000).contains(&rate) {
            return Err(VoiceError::Unfit);
        }
        Ok(Self {
            step: f64::from(rate) / 48_000.0,
            at: 0.0,
            last: None,
            bent: Vec::new(),
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) -> &[f32] {
        self.bent.clear();
        for &sample in samples {
            let Some(last) = self.last.replace(sample) else {
                continue;
            };
            while self.at < 1.0 {
                self.bent.push(last + (sample - last) * self.at as f32);
                self.at += self.step;
            }
            self.at -= 1.0;
        }
        &self.bent
    }
}
