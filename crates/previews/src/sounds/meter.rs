//! How loud a sound is and what form it has, while its samples come.

use ebur128::{EbuR128, Mode};

use crate::error::PreviewError;

/// Stretches that are told apart: never more than twice this many are held.
const STRETCHES: usize = 1024;
/// Frames that are measured at a time.
const FRAMES: usize = 4096;

/// A short part of a sound, all channels in one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch {
    pub(super) lowest: f32,
    pub(super) highest: f32,
    squares: f32,
    samples: f32,
}

impl Stretch {
    pub(super) fn rms(&self) -> f32 {
        if self.samples == 0.0 { 0.0 } else { (self.squares / self.samples).sqrt() }
    }

    fn and(self, other: Self) -> Self {
        Self {
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
            squares: self.squares + other.squares,
            samples: self.samples + other.samples,
        }
    }
}

/// Hears a sound, sample by sample, one of each channel after another.
pub(super) struct Meter {
    channels: u32,
    rate: u32,
    /// By ITU-R BS.1770.
    loudness: EbuR128,
    unmeasured: Vec<f32>,
    stretches: Vec<Stretch>,
    /// *Units*: samples.
    stretch_length: u64,
    samples: u64,
    most_samples: u64,
    /// What the file says it has, where more than what was heard can be in it. *Units*: frames.
    length: u64,
}

impl Meter {
    /// For a sound that is heard for so many seconds.
    pub(super) fn new(channels: u32, rate: u32, seconds: u64) -> Result<Self, PreviewError> {
        if !(1..=64).contains(&channels) || !(1000..=768_000).contains(&rate) {
            return Err(PreviewError::Broken(format!("{channels} channels of {rate} Hz make no sound")));
        }
        let loudness =
            EbuR128::new(channels, rate, Mode::I | Mode::SAMPLE_PEAK).map_err(PreviewError::broken)?;
        let most_samples = u64::from(rate) * seconds * u64::from(channels);
        let unmeasured = Vec::with_capacity(FRAMES * channels as usize);
        let stretch_length = u64::from(channels) * 16;
        Ok(Self {
            channels,
            rate,
            loudness,
            unmeasured,
            stretches: Vec::new(),
            stretch_length,
            samples: 0,
            most_samples,
            length: 0,
        })
    }

    /// The next sample. Answers whether more are wanted.
    pub(super) fn push(&mut self, sample: f32) -> bool {
        let sample = if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 };
        if self.samples.is_multiple_of(self.stretch_length) {
            if self.stretches.len() == STRETCHES * 2 {
                self.stretches =
                    self.stretches.as_chunks::<2>().0.iter().map(|[one, other]| one.and(*other)).collect();
                self.stretch_length *= 2;
            }
            self.stretches.push(Stretch::default());
        }
        if let Some(stretch) = self.stretches.last_mut() {
            *stretch = stretch.and(Stretch {
                lowest: sample,
                highest: sample,
                squares: sample * sample,
                samples: 1.0,
            });
        }
        self.samples += 1;
        self.unmeasured.push(sample);
        if self.unmeasured.len() == FRAMES * self.channels as usize {
            self.measure();
        }
        self.samples < self.most_samples
    }

    fn measure(&mut self) {
        self.unmeasured.truncate(self.unmeasured.len() / self.channels as usize * self.channels as usize);
        // It only refuses frames that are not whole.
        self.loudness.add_frames_f32(&self.unmeasured).ok();
        self.unmeasured.clear();
    }

    /// All has come that is heard. `claimed` is what the file says of its length, zero where it does not: it counts where the sound goes
    /// on, and only as far as the bytes that were not read could reach at twice the density of the `read` of `all`. *Units*: frames.
    pub(super) fn set_length(&mut self, claimed: u64, (read, all): (u64, u64)) {
        self.measure();
        let heard = self.samples / u64::from(self.channels);
        if self.samples >= self.most_samples {
            let most = u128::from(heard) * u128::from(all) * 2 / u128::from(read.max(1));
            self.length = claimed.min(u64::try_from(most).unwrap_or(u64::MAX));
        }
    }

    pub(super) const fn channels(&self) -> u32 {
        self.channels
    }

    pub(super) const fn rate(&self) -> u32 {
        self.rate
    }

    #[expect(clippy::cast_precision_loss, reason = "no sound is long enough for that")]
    pub(super) fn duration_s(&self) -> f64 {
        self.length.max(self.samples / u64::from(self.channels)) as f64 / f64::from(self.rate)
    }

    /// None of silence.
    pub(super) fn loudness_lufs(&self) -> Option<f64> {
        self.loudness.loudness_global().ok().filter(|loudness| loudness.is_finite())
    }

    pub(super) fn peak(&self) -> Option<f64> {
        (0..self.channels).filter_map(|channel| self.loudness.sample_peak(channel).ok()).reduce(f64::max)
    }

    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }
}
