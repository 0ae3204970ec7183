//! Files of the store as one zip, made while it is being sent: a few hundred kilobytes are held, however much it is.
//! Entries are stored as they are (art is mostly compressed already); sizes beyond 4 GiB take the format's 64-bit form.

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use mudlark_blobs::{BlobKey, Blobs};
use mudlark_types::names::case_fold;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use tokio::sync::mpsc;

/// One file of a zip.
pub(crate) struct ZipItem {
    /// Its path in the zip, without a slash in front.
    pub(crate) path: String,
    pub(crate) content: BlobKey,
    pub(crate) size_bytes: u64,
    pub(crate) modified_at_ms: i64,
}

/// The zip of these files. Dropped before its end, it lets go of everything; a file that can't be read ends it with an
/// error, which the client sees as an answer that breaks off.
pub(crate) fn zip_stream(
    blobs: &Blobs,
    items: Vec<ZipItem>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (out, mut arriving) = mpsc::channel(2);
    let blobs = blobs.clone();
    tokio::spawn(async move {
        if let Err(error) = write(&blobs, &items, &out).await {
            // Whoever has hung up needs no error.
            out.send(Err(io::Error::other(error))).await.ok();
        }
    });
    stream::poll_fn(move |context| arriving.poll_recv(context))
}

type Out = mpsc::Sender<io::Result<Bytes>>;

async fn write(blobs: &Blobs, items: &[ZipItem], out: &Out) -> Result<(), Box<dyn Error + Send + Sync>> {
    let written = Written::default();
    let mut zip = ZipArchiveWriter::new(written.clone());
    for item in items {
        let (mut entry, config) = zip
            .new_file(item.path.as_str())
            .compression_method(CompressionMethod::STORE)
            .last_modified(UtcDateTime::from_unix(item.modified_at_ms / 1000))
            .start()?;
        let mut data = config.wrap(&mut entry);
        let mut bytes = blobs.read(&item.content, 0..item.size_bytes).await?;
        while let Some(chunk) = bytes.next().await {
            data.write_all(&chunk?)?;
            if written.send(out).await.is_err() {
                return Ok(());
            }
        }
        let (_, descriptor) = data.finish()?;
        entry.finish(descriptor)?;
    }
    zip.finish()?;
    // The last of it; and if nobody waits for it, that is no matter.
    written.send(out).await.ok();
    Ok(())
}

/// What the zip's writer has written and nobody has sent yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    async fn send(&self, out: &Out) -> Result<(), mpsc::error::SendError<io::Result<Bytes>>> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        out.send(Ok(bytes.into())).await
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The paths of files in a zip, from their folders and names: no two differ in case alone, and none is the name of a folder
/// that another lies in. The later one gets a number.
pub(crate) fn distinct_paths<'a>(files: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Vec<String> {
    let mut taken = HashSet::new();
    for (folder, _) in files.clone() {
        let folder = case_fold(folder);
        let ends = folder.match_indices('/').map(|(at, _)| at);
        taken.extend(ends.map(|end| folder[..end].trim_start_matches('/').to_owned()));
    }
    let distinct = |(folder, name): (&str, &str)| {
        let folder = folder.trim_start_matches('/');
        let (stem, extension) = match name.rfind('.') {
            Some(dot) if dot > 0 => name.split_at(dot),
            _ => (name, ""),
        };
        let mut path = format!("{folder}{name}");
        let mut number = 1;
        while !taken.insert(case_fold(&path)) {
            number += 1;
            path = format!("{folder}{stem} ({number}){extension}");
        }
        path
    };
    files.map(distinct).collect()
}

#[cfg(test)]
mod tests {
    use super::distinct_paths;

    #[test]
    fn paths_that_a_case_blind_system_takes_for_one_are_numbered() {
        let files = [
            ("/Art/", "a.png"),
            ("/Art/", "A.PNG"),
            ("/art/", "a.png"),
            ("/", "art"),
            ("/", ".x"),
            ("/", ".X"),
        ];
        assert_eq!(
            distinct_paths(files.into_iter()),
            ["Art/a.png", "Art/A (2).PNG", "art/a (3).png", "art (2)", ".x", ".X (2)"]
        );
    }
}
