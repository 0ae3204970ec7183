//! Readers of what is neither picture, model nor sound: text, fonts, archives, and other programs' files.

mod page;
pub(crate) mod substance;
pub(crate) mod text;
pub(crate) mod unreal;
pub(crate) mod zip;

pub(crate) use page::rows as letter_rows;
