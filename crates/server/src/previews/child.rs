//! Starts a worker on a file, waits for its answer, and holds both to bounds: whatever the file does to its reader is told
//! as an outcome.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context;
use mudlark_previews::{Encoding, Likeness};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::answer::{Head, Outcome, WrittenLikeness};

/// The longest answer. *Units*: bytes.
const MAX_ANSWER: u64 = 64 << 20;
/// The longest text of a worker's last words that is looked at. *Units*: bytes.
const MAX_WORDS: u64 = 2_000;
/// The longest that a worker may take, of what it may compute. A worker that computes is ended before; this is for one that
/// waits, which on a server that is busy for minutes is no fault of the file.
const MAX_TIMES: u64 = 20;

/// What to make of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    /// What the file is called.
    pub(crate) file_name: &'a str,
    /// The longest sides of the pictures that are wanted. *Units*: pixels, 1 to 4096.
    pub(crate) sides: &'a [u32],
    /// How they are to be encoded.
    pub(crate) encoding: Encoding,
    /// The folder of files that this one may name.
    pub(crate) beside: Option<&'a Path>,
    /// How long whoever reads it may compute. *Units*: seconds.
    pub(crate) processor_seconds: u64,
}

/// What was made of a file.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) facts: Map<String, Value>,
    /// The sketch of its picture, where that shows what is in it.
    pub(crate) likeness: Option<Likeness>,
    pub(crate) pictures: Vec<MadePicture>,
}

/// A picture, as a file.
#[derive(Debug)]
pub(crate) struct MadePicture {
    /// The longest side that was asked for; none for the sheet of views or stills.
    pub(crate) side: Option<u32>,
    /// *Units*: pixels.
    pub(crate) width: u32,
    /// *Units*: pixels.
    pub(crate) height: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Why a file has no preview: it would have none the next time either.
#[derive(Debug)]
pub(crate) enum NotMade {
    /// As its reader says.
    Refused(Outcome, String),
    /// Its reader was ended, or ended itself.
    Crashed(String),
}

/// Has a worker read a file.
///
/// *Errors*: no worker could be started, or was heard: not the file's fault, and to be tried again.
pub(crate) async fn make(file: File, order: &Order<'_>) -> anyhow::Result<Result<Made, NotMade>> {
    let mut command = Command::new(program());
    command.arg("preview-worker").arg(format!("--file-name={}", order.file_name));
    command.arg(match order.encoding {
        Encoding::WebP => "--encoding=webp",
        Encoding::Png => "--encoding=png",
        Encoding::Jpeg => "--encoding=jpeg",
    });
    command.arg(format!("--processor-seconds={}", order.processor_seconds));
    for side in order.sides {
        command.arg(format!("--side={side}"));
    }
    if let Some(folder) = order.beside {
        command.arg("--beside").arg(folder);
    }
    // It needs nothing of what this process knows.
    command.env_clear().stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    match hear(command, order.processor_seconds).await? {
        Ok(answer) => parsed(&answer),
        Err(not_made) => Ok(Err(not_made)),
    }
}

/// Starts a process and hears what it answers, which it must end well after, and within bounds of length and time.
///
/// *Errors*: it could not be started, or heard.
pub(super) async fn hear(
    mut command: Command,
    processor_seconds: u64,
) -> anyhow::Result<Result<Vec<u8>, NotMade>> {
    let max_time = Duration::from_secs(processor_seconds.saturating_mul(MAX_TIMES));
    let mut worker = command.spawn().context("starting a preview worker")?;
    let (answer, words) = (worker.stdout.take(), worker.stderr.take());
    let heard = async { tokio::try_join!(heard(answer, MAX_ANSWER), heard(words, MAX_WORDS)) };
    let Ok(heard) = timeout(max_time, heard).await else {
        worker.kill().await.context("ending a preview worker")?;
        return Ok(Err(NotMade::Crashed(format!("it took longer than {} s", max_time.as_secs()))));
    };
    let (answer, words) = heard.context("hearing a preview worker")?;
    if answer.len() as u64 > MAX_ANSWER {
        worker.kill().await.context("ending a preview worker")?;
        return Ok(Err(NotMade::Crashed("its answer had no end".to_owned())));
    }
    let status = worker.wait().await.context("waiting for a preview worker")?;
    if !status.success() {
        return Ok(Err(NotMade::Crashed(last_words(status, &words))));
    }
    Ok(Ok(answer))
}

/// The program that this process runs, also after it was replaced by a newer one.
pub(super) fn program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mudlark"))
}

/// All that comes, up to one byte more than there may be.
async fn heard(from: Option<impl AsyncRead + Unpin>, max: u64) -> std::io::Result<Vec<u8>> {
    let mut heard = Vec::new();
    if let Some(from) = from {
        from.take(max + 1).read_to_end(&mut heard).await?;
    }
    Ok(heard)
}

fn last_words(status: ExitStatus, words: &[u8]) -> String {
    let how = match status.signal() {
        Some(signal) => format!("its reader was ended by signal {signal}"),
        None => format!("its reader ended with {}", status.code().unwrap_or(-1)),
    };
    let words = String::from_utf8_lossy(words);
    let line = words.lines().map(str::trim).find(|line| !line.is_empty());
    line.map_or_else(|| how.clone(), |line| format!("{how}: {line}"))
}

fn parsed(answer: &[u8]) -> anyhow::Result<Result<Made, NotMade>> {
    let end =
        answer.iter().position(|byte| *byte == b'\n').context("a preview worker's answer has no head")?;
    let (head, mut bytes) = (&answer[..end], &answer[end + 1..]);
    let head: Head = serde_json::from_slice(head).context("a preview worker's answer has another form")?;
    if head.outcome != Outcome::Made {
        return Ok(Err(NotMade::Refused(head.outcome, head.reason.unwrap_or_default())));
    }
    let mut pictures = Vec::new();
    for picture in head.pictures {
        let (file, rest) =
            bytes.split_at_checked(picture.length).context("a preview worker's answer is cut short")?;
        bytes = rest;
        pictures.push(MadePicture {
            side: picture.side,
            width: picture.width,
            height: picture.height,
            bytes: file.to_vec(),
        });
    }
    let likeness = head.likeness.and_then(WrittenLikeness::read);
    Ok(Ok(Made { facts: head.facts, likeness, pictures }))
}
