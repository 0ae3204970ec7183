//! The process that reads one file, within walls: `mudlark preview-worker`, the file on its standard input. Started by `child`.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::PathBuf;

use mudlark_previews::{
    Encoding, Likeness, Media, Preview, PreviewError, Request, RgbaImage, Source, encode, fit,
};
use serde_json::Value;

use super::answer::{Head, Outcome, PictureHead};
use super::walls;

/// What a worker is told. The file is its standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct WorkerCommand {
    /// What the file is called.
    #[arg(long, allow_hyphen_values = true)]
    file_name: String,
    /// The longest side of a picture that is wanted; once for each.
    #[arg(long = "side", required = true, value_parser = clap::value_parser!(u32).range(1..=4096))]
    sides: Vec<u32>,
    /// How the pictures are to be encoded.
    #[arg(long, value_enum, default_value = "webp")]
    encoding: WorkerEncoding,
    /// The folder of files that this one may name.
    #[arg(long)]
    beside: Option<PathBuf>,
    /// How long it may compute.
    #[arg(long, default_value_t = walls::PROCESSOR_SECONDS)]
    processor_seconds: u64,
    /// Read nothing; answer, as JSON, what can be done within the walls, all of which should be false.
    #[arg(long)]
    try_walls: bool,
}

/// The encodings, as words of the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum WorkerEncoding {
    #[value(name = "webp")]
    WebP,
    Png,
    Jpeg,
}

impl WorkerEncoding {
    const fn encoding(self) -> Encoding {
        match self {
            Self::WebP => Encoding::WebP,
            Self::Png => Encoding::Png,
            Self::Jpeg => Encoding::Jpeg,
        }
    }
}

impl WorkerCommand {
    /// Reads the file and answers on standard output.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        // All that is opened is opened before the walls stand.
        let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        walls::raise(self.beside.as_deref(), self.processor_seconds)?;
        if self.try_walls {
            println!("{}", walls::tried());
            return Ok(());
        }
        let (head, pictures) = match self.read(input) {
            Ok(made) => made,
            Err(error) => (Head::without(&error), Vec::new()),
        };
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &head)?;
        output.write_all(b"\n")?;
        for picture in pictures {
            output.write_all(&picture)?;
        }
        Ok(output.flush()?)
    }

    fn read(&self, input: File) -> Result<(Head, Vec<Vec<u8>>), PreviewError> {
        let mut source = Source::new(input, &self.file_name)?;
        let max_side = self.sides.iter().copied().max().unwrap_or(1);
        let request = Request { max_side, beside: self.beside.as_deref() };
        let Preview { picture, sheet, facts } = mudlark_previews::preview(&mut source, &request)?;
        let mut head = Head {
            outcome: Outcome::Made,
            reason: None,
            facts: serde_json::Map::new(),
            likeness: None,
            pictures: Vec::new(),
        };
        if let Value::Object(facts) = serde_json::to_value(&facts).map_err(std::io::Error::from)? {
            head.facts = facts;
        }
        let mut files = Vec::new();
        if let Some(picture) = picture {
            // A page of text or a wave form looks like any other.
            if matches!(facts.media, Some(Media::Picture | Media::Model | Media::Film)) {
                head.likeness = Some(Likeness::of(&picture)?.into());
            }
            let mut sides = self.sides.clone();
            sides.sort_unstable_by(|a, b| b.cmp(a));
            sides.dedup();
            // Each from the next larger one would be faster, and softer each time.
            for side in sides {
                self.add(&mut head, &mut files, &picture, Some(side))?;
            }
        }
        if let Some(sheet) = sheet {
            self.add(&mut head, &mut files, &sheet, None)?;
        }
        Ok((head, files))
    }

    fn add(
        &self,
        head: &mut Head,
        files: &mut Vec<Vec<u8>>,
        picture: &RgbaImage,
        side: Option<u32>,
    ) -> Result<(), PreviewError> {
        let fitted = fit(picture, side.unwrap_or(u32::MAX))?;
        let file = encode(&fitted, self.encoding.encoding())?;
        head.pictures.push(PictureHead {
            side,
            width: fitted.width(),
            height: fitted.height(),
            length: file.len(),
        });
        files.push(file);
        Ok(())
    }
}
