//! Readers of sounds and films.
