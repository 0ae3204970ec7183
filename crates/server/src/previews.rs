//! Pictures and facts of files, made by workers: processes of this program that read one file each, within walls, since files may
//! be hostile. What the readers know of files is in the crate `mudlark-previews`; films and PDF are for programs of others, where the machine
//! has them.

mod answer;
pub(crate) mod child;
mod film;
mod pages;
mod program;
mod walls;
pub(crate) mod worker;

use std::fs::File;
use std::io::{Read, Seek};

pub(crate) use child::{Made, MadePicture, NotMade, Order};
pub(crate) use program::ProgramCommand;
use program::Stopped;
pub(crate) use walls::PROCESSOR_SECONDS;

/// Enough of a file to tell a film and a PDF by. *Units*: bytes.
const HEAD: u64 = 64;

/// Has a file be read, by whoever reads such files.
///
/// *Errors*: nobody could be had or heard: not the file's fault, and to be tried again.
pub(crate) async fn make(mut file: File, order: &Order<'_>) -> anyhow::Result<Result<Made, NotMade>> {
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    file.rewind()?;
    let made = if head.starts_with(b"%PDF-") {
        pages::make(file, order).await
    } else if let Some(container) = film::container(&head) {
        film::make(file, container, order).await
    } else {
        return child::make(file, order).await;
    };
    match made {
        Ok(made) => Ok(Ok(made)),
        Err(Stopped::NotMade(not_made)) => Ok(Err(not_made)),
        Err(Stopped::Failed(error)) => Err(error),
    }
}
