//! The jingle that plays when treasure is found: six bell notes over a soft chord, as a WAV file.
//! Called by the list of files.

use std::f32::consts::TAU;

const SAMPLE_RATE_HZ: u32 = 44_100;
const CHANNELS: u16 = 2;
const BYTES_PER_SAMPLE: u16 = 2;
const LENGTH_S: f32 = 1.6;

/// When a note starts, its pitch, how loud it is, and where it sits from left (-1) to right (1).
struct Note {
    start_s: f32,
    frequency_hz: f32,
    loudness: f32,
    pan: f32,
    /// How long it takes to fall to a third.
    decay_s: f32,
}

/// A rising D major figure that ends on the high D, with the chord below.
const NOTES: [Note; 9] = [
    note(0.00, 587.33, 0.50, -0.5, 0.20),
    note(0.09, 739.99, 0.50, -0.3, 0.20),
    note(0.18, 880.00, 0.52, 0.0, 0.22),
    note(0.27, 1174.66, 0.55, 0.3, 0.25),
    note(0.45, 987.77, 0.42, 0.5, 0.22),
    note(0.57, 1174.66, 0.62, 0.0, 0.50),
    note(0.57, 293.66, 0.30, -0.2, 0.45),
    note(0.57, 440.00, 0.24, 0.2, 0.45),
    note(0.57, 739.99, 0.22, -0.6, 0.40),
];

const fn note(start_s: f32, frequency_hz: f32, loudness: f32, pan: f32, decay_s: f32) -> Note {
    Note { start_s, frequency_hz, loudness, pan, decay_s }
}

/// The jingle: 16-bit stereo at 44.1 kHz.
pub(super) fn treasure_jingle() -> Vec<u8> {
    let frames = (LENGTH_S * SAMPLE_RATE_HZ as f32) as usize;
    let mut mix = vec![[0.0_f32; 2]; frames];
    for note in &NOTES {
        add_note(&mut mix, note);
    }
    add_echo(&mut mix, 0.16, 0.28);
    let peak = mix.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let mut samples = Vec::with_capacity(frames * 4);
    for (frame, channels) in mix.iter().enumerate() {
        // The last 120 ms fade to silence, so that the end doesn't click.
        let left_s = (frames - frame) as f32 / SAMPLE_RATE_HZ as f32;
        let fade = (left_s / 0.12).min(1.0);
        for sample in channels {
            let value = (sample / peak * 0.8 * fade * 32_767.0).round() as i16;
            samples.extend(value.to_le_bytes());
        }
    }
    wav_file(&samples)
}

/// A bell: a few partials, the higher ones dying sooner.
fn add_note(mix: &mut [[f32; 2]], note: &Note) {
    const PARTIALS: [(f32, f32, f32); 4] =
        [(1.0, 1.0, 1.0), (2.0, 0.34, 0.6), (3.01, 0.16, 0.35), (5.43, 0.07, 0.18)];
    let first = (note.start_s * SAMPLE_RATE_HZ as f32) as usize;
    let right = 0.5 + note.pan * 0.4;
    for (index, frame) in mix.iter_mut().skip(first).enumerate() {
        let time_s = index as f32 / SAMPLE_RATE_HZ as f32;
        let attack = (time_s / 0.006).min(1.0);
        let tone: f32 = PARTIALS
            .iter()
            .map(|(multiple, share, life)| {
                let fall = (-time_s / (note.decay_s * life)).exp();
                share * fall * (TAU * note.frequency_hz * multiple * time_s).sin()
            })
            .sum();
        let sample = tone * attack * note.loudness;
        frame[0] += sample * (1.0 - right).sqrt();
        frame[1] += sample * right.sqrt();
    }
}

/// Repeats what was heard, more quietly and on the other side.
fn add_echo(mix: &mut [[f32; 2]], delay_s: f32, loudness: f32) {
    let delay = (delay_s * SAMPLE_RATE_HZ as f32) as usize;
    for frame in delay..mix.len() {
        let [left, right] = mix[frame - delay];
        mix[frame][0] += right * loudness;
        mix[frame][1] += left * loudness;
    }
}

/// Source: "Multimedia Programming Interface and Data Specifications 1.0", RIFF WAVE, PCM format.
fn wav_file(samples: &[u8]) -> Vec<u8> {
    let size_bytes = samples.len() as u32;
    let frame_bytes = CHANNELS * BYTES_PER_SAMPLE;
    let mut file = Vec::with_capacity(44 + samples.len());
    file.extend(b"RIFF");
    file.extend((36 + size_bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(CHANNELS.to_le_bytes());
    file.extend(SAMPLE_RATE_HZ.to_le_bytes());
    file.extend((SAMPLE_RATE_HZ * u32::from(frame_bytes)).to_le_bytes());
    file.extend(frame_bytes.to_le_bytes());
    file.extend((BYTES_PER_SAMPLE * 8).to_le_bytes());
    file.extend(b"data");
    file.extend(size_bytes.to_le_bytes());
    file.extend(samples);
    file
}
