//! `mudlark preview`: pictures and facts of files that lie on this machine, made as a server makes them, without one.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use futures_util::{StreamExt, stream};
use mudlark_previews::Encoding;
use serde_json::{Value, json};

use super::progress;
use super::{block_on, output};
use crate::cli::ExitWith;
use crate::previews::{Made, MadePicture, NotMade, Order, PROCESSOR_SECONDS, make};

/// Make a picture of a file of art, and print what is in it.
///
/// It is read by a process of its own that can open nothing else, save for files in the same folder that it names, such as
/// textures. Ends with 1 when one of the files could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PreviewCommand {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the picture to this file, a .png, .webp or .jpg; of several files: into this folder, as .webp.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Write the sheet too: eight views around a model, stills of a film.
    #[arg(long, value_name = "OUT")]
    sheet: Option<PathBuf>,
    /// The longest side of the picture in pixels, 1 to 4096.
    #[arg(long, value_name = "PIXELS", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=4096))]
    size: u32,
    /// The processor time that one file may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = PROCESSOR_SECONDS, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Print JSON, for scripts: an object for each file, one a line.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  mudlark preview robot.glb -o robot.png --size 1024 --sheet turntable.png
  mudlark preview textures/*.psd -o thumbnails/ --json | jq 'select(.facts.width > 4096).file'";

impl PreviewCommand {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        block_on(async {
            let folder = self.folder()?;
            ensure!(self.sheet.is_none() || self.files.len() == 1, "--sheet is for one file");
            let at_once = std::thread::available_parallelism().map_or(1, usize::from);
            let bar = progress::of_things(self.files.len() as u64, "files");
            let mut made =
                stream::iter(&self.files).map(|file| self.one(file, folder)).buffered(at_once.max(1));
            let mut all_read = true;
            while let Some(outcome) = made.next().await {
                let report = outcome?;
                all_read &= report["error"].is_null();
                bar.suspend(|| self.print(&report))?;
                bar.inc(1);
            }
            bar.finish_and_clear();
            if all_read { Ok(()) } else { Err(ExitWith(1).into()) }
        })
    }

    /// The folder that pictures go into, where `--output` is one.
    fn folder(&self) -> anyhow::Result<Option<&Path>> {
        let Some(output) = &self.output else { return Ok(None) };
        if output.is_dir() {
            return Ok(Some(output));
        }
        if self.files.len() > 1 {
            bail!("{} is no folder; of several files the pictures go into one", output.display());
        }
        encoding_of(output).map(|_| None)
    }

    /// Reads one file, writes what is asked for, and reports.
    async fn one(&self, file: &Path, folder: Option<&Path>) -> anyhow::Result<Value> {
        let file_name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let target = match (folder, &self.output) {
            (Some(folder), _) => Some(folder.join(format!("{file_name}.webp"))),
            (None, output) => output.clone(),
        };
        let encoding = target.as_deref().or(self.sheet.as_deref()).map_or(Ok(Encoding::WebP), encoding_of)?;
        if let Some(sheet) = &self.sheet {
            ensure!(encoding_of(sheet)? == encoding, "--sheet must end as the picture's file does");
        }
        let opened = File::open(file).with_context(|| format!("opening {}", file.display()))?;
        let beside = file.canonicalize()?.parent().map(Path::to_path_buf);
        let order = Order {
            file_name: &file_name,
            sides: &[self.size],
            encoding,
            beside: beside.as_deref(),
            processor_seconds: self.seconds,
        };
        let report =
            |facts: Value, error: Option<String>| json!({"file": file, "facts": facts, "error": error});
        match make(opened, &order).await? {
            Ok(Made { facts, pictures, .. }) => {
                let (picture, sheet): (Vec<_>, Vec<_>) =
                    pictures.into_iter().partition(|picture| picture.side.is_some());
                write(picture.first(), target.as_deref())?;
                write(sheet.first(), self.sheet.as_deref())?;
                Ok(report(facts.into(), None))
            }
            Err(NotMade::Refused(_, reason) | NotMade::Crashed(reason)) => {
                Ok(report(Value::Null, Some(reason)))
            }
        }
    }

    fn print(&self, report: &Value) -> anyhow::Result<()> {
        if self.json {
            return output::object(true, report);
        }
        let file = report["file"].as_str().unwrap_or_default();
        if let Some(error) = report["error"].as_str() {
            eprintln!("{file}: {error}");
            return Ok(());
        }
        if self.files.len() > 1 {
            println!("{file}:");
        }
        output::object(false, &report["facts"])
    }
}

fn write(picture: Option<&MadePicture>, target: Option<&Path>) -> anyhow::Result<()> {
    let (Some(picture), Some(target)) = (picture, target) else { return Ok(()) };
    std::fs::write(target, &picture.bytes).with_context(|| format!("writing {}", target.display()))
}

fn encoding_of(target: &Path) -> anyhow::Result<Encoding> {
    let extension = target.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("png") => Ok(Encoding::Png),
        Some("webp") => Ok(Encoding::WebP),
        Some("jpg" | "jpeg") => Ok(Encoding::Jpeg),
        _ => bail!("{} must end with .png, .webp or .jpg", target.display()),
    }
}
