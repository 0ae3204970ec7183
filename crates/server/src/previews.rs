//! Pictures and facts of files, made by workers: processes of this program that read one file each, within walls, since files may
//! be hostile. What the readers know of files is in the crate `mudlark-previews`.

mod answer;
pub(crate) mod child;
mod walls;
pub(crate) mod worker;
