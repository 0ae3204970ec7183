//! Readers of sounds and films.

mod decode;
mod meter;
mod waveform;

pub(crate) use decode::{Kind, by_first_bytes, read};
