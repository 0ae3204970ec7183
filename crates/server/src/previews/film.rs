//! Films, and the pictures of phones that are packed like them: by ffmpeg, where the machine has it.

use std::fs::File;
use std::path::Path;

use mudlark_previews::{Facts, Media};
use serde::Deserialize;

use super::answer::Outcome;
use super::child::{self, Made, MadePicture, NotMade, Order};
use super::program::{self, INPUT, Stopped};

/// How many stills are in a sheet.
const STILLS: u32 = 8;
/// The side of a still that the picture is made of. *Units*: pixels.
const STILL_SIDE: u32 = 2048;
/// The height of the stills of a sheet. *Units*: pixels.
const SHEET_HEIGHT: u32 = 256;
/// How far into a film its picture is: later than a fade from black, sooner than the end of what is told.
const SHOWN_AT: f64 = 0.1;

/// The format of a film by its first bytes, as facts name it. Pictures that are packed alike are among them.
pub(super) fn container(head: &[u8]) -> Option<&'static str> {
    match (head.get(4..8), head.get(8..12)) {
        (Some(b"ftyp"), Some(b"avif" | b"avis")) => return Some("avif"),
        (Some(b"ftyp"), Some(b"heic" | b"heix" | b"mif1")) => return Some("heif"),
        (Some(b"ftyp"), Some(b"M4A ")) => return Some("m4a"),
        (Some(b"ftyp"), Some(b"qt  ")) | (Some(b"moov" | b"mdat" | b"wide"), _) => return Some("mov"),
        (Some(b"ftyp"), _) => return Some("mp4"),
        _ => {}
    }
    if head.starts_with(b"\x1a\x45\xdf\xa3") {
        let is_webm = head.windows(4).any(|word| word == b"webm");
        return Some(if is_webm { "webm" } else { "mkv" });
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ") {
        return Some("avi");
    }
    if head.starts_with(b"FLV\x01") {
        return Some("flv");
    }
    head.starts_with(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11").then_some("wmv")
}

/// Reads a film.
///
/// *Errors*: as [`child::make`].
pub(super) async fn make(file: File, container: &str, order: &Order<'_>) -> Result<Made, Stopped> {
    let media = match container {
        "avif" | "heif" => Media::Picture,
        "m4a" => Media::Sound,
        _ => Media::Film,
    };
    let mut facts = Facts { format: Some(container.to_owned()), media: Some(media), ..Facts::default() };
    let (Some(probe), Some(ffmpeg)) = (program::find("ffprobe"), program::find("ffmpeg")) else {
        return Ok(program::told(&facts));
    };
    let asked = ["-v", "error", "-print_format", "json", "-show_format", "-show_streams", INPUT];
    let answer = program::ask(&probe, &file, &asked, order).await?;
    let probed: Probed = serde_json::from_slice(&answer)
        .map_err(|_| NotMade::Refused(Outcome::Broken, "it holds no film".to_owned()))?;
    probed.tell(&mut facts);
    if probed.video().is_none() {
        return Ok(program::told(&facts));
    }
    let picture = program::ask(&ffmpeg, &file, &words(&still(facts.duration_s)), order).await?;
    let still = Order { file_name: "still.png", beside: None, ..*order };
    let mut made = child::make(program::spool(&picture)?, &still).await??;
    if let Some(duration_s) = facts.duration_s.filter(|_| media == Media::Film) {
        // Without a sheet there still is a picture.
        made.pictures.extend(row(&ffmpeg, &file, duration_s, order).await.or_else(Stopped::without)?);
    }
    Ok(Made { facts: program::map(&facts), ..made })
}

/// The sheet: a row of stills.
async fn row(
    ffmpeg: &Path,
    file: &File,
    duration_s: f64,
    order: &Order<'_>,
) -> Result<Option<MadePicture>, Stopped> {
    let row = program::ask(ffmpeg, file, &words(&sheet(duration_s)), order).await?;
    let order = Order { file_name: "stills.png", sides: &[SHEET_SIDE], beside: None, ..*order };
    let made = child::make(program::spool(&row)?, &order).await??;
    Ok(made.pictures.into_iter().next().map(|picture| MadePicture { side: None, ..picture }))
}

/// The longest side of a sheet. *Units*: pixels.
const SHEET_SIDE: u32 = 4096;

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Makes pixels as high as they are wide. A filter of its own, first: where one side follows from the other, `scale` goes by how many
/// pixels there are, whatever their shape.
const SQUARE_PIXELS: &str = "scale=iw*sar:ih,setsar=1";

/// What ffmpeg is told for one picture of the film.
fn still(duration_s: Option<f64>) -> Vec<String> {
    let at = duration_s.map_or(0.0, |duration_s| duration_s * SHOWN_AT);
    let scale = format!("{SQUARE_PIXELS},scale='min({STILL_SIDE},iw)':-1");
    let mut arguments = quiet();
    arguments.extend(["-ss".to_owned(), format!("{at:.3}"), "-i".to_owned(), INPUT.to_owned()]);
    arguments.extend(["-vf".to_owned(), scale]);
    arguments.extend(as_png());
    arguments
}

/// What it is told for a row of stills.
fn sheet(duration_s: f64) -> Vec<String> {
    let mut arguments = quiet();
    let mut filter = String::new();
    for number in 0..STILLS {
        let at = duration_s * (f64::from(number) + 0.5) / f64::from(STILLS);
        arguments.extend(["-ss".to_owned(), format!("{at:.3}"), "-i".to_owned(), INPUT.to_owned()]);
        filter += &format!(
            "[{number}:v]{SQUARE_PIXELS},scale=-2:{SHEET_HEIGHT},setsar=1,trim=end_frame=1[s{number}];"
        );
    }
    for number in 0..STILLS {
        filter += &format!("[s{number}]");
    }
    filter += &format!("hstack=inputs={STILLS}");
    arguments.extend(["-filter_complex".to_owned(), filter]);
    arguments.extend(as_png());
    arguments
}

fn quiet() -> Vec<String> {
    ["-nostdin", "-v", "error", "-threads", "1"].map(ToOwned::to_owned).to_vec()
}

fn as_png() -> impl Iterator<Item = String> {
    ["-frames:v", "1", "-threads", "1", "-f", "image2pipe", "-c:v", "png", "-pix_fmt", "rgb24", "-"]
        .map(ToOwned::to_owned)
        .into_iter()
}

/// What ffprobe tells.
#[derive(Debug, Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
struct Format {
    duration: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    codec_type: Option<String>,
    codec_name: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    /// How wide a pixel is shown for its height, such as `12:11`; `0:1` where that is not known.
    sample_aspect_ratio: Option<String>,
    nb_frames: Option<String>,
    avg_frame_rate: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

impl Stream {
    /// *Units*: pixels as high as they are wide.
    fn shown_width(&self) -> Option<u32> {
        let width = self.width?;
        let parts = self.sample_aspect_ratio.as_deref().and_then(|ratio| ratio.split_once(':'));
        let parts = parts.and_then(|(over, under)| Some((over.parse().ok()?, under.parse().ok()?)));
        let (over, under): (u64, u64) =
            parts.filter(|(over, under)| *over > 0 && *under > 0).unwrap_or((1, 1));
        // Rounded down, as ffmpeg's filter does.
        Some(u32::try_from(u64::from(width).saturating_mul(over) / under).unwrap_or(width))
    }
}

impl Probed {
    fn video(&self) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.codec_type.as_deref() == Some("video"))
    }

    fn tell(&self, facts: &mut Facts) {
        let number =
            |text: &Option<String>| text.as_ref()?.parse::<f64>().ok().filter(|number| number.is_finite());
        facts.duration_s = number(&self.format.duration).filter(|_| facts.media != Some(Media::Picture));
        if let Some(video) = self.video() {
            let is_on_its_side = video
                .side_data_list
                .iter()
                .any(|data| data.rotation.is_some_and(|degrees| (degrees.abs() % 180.0 - 90.0).abs() < 1.0));
            let size = (video.shown_width(), video.height);
            (facts.width, facts.height) = if is_on_its_side { (size.1, size.0) } else { size };
            facts.compression.clone_from(&video.codec_name);
            if facts.media == Some(Media::Film) {
                facts.frames = video.nb_frames.as_ref().and_then(|frames| frames.parse().ok());
                facts.frame_rate = video.avg_frame_rate.as_deref().and_then(ratio);
            }
        }
        if let Some(sound) = self.streams.iter().find(|stream| stream.codec_type.as_deref() == Some("audio"))
        {
            facts.channels = sound.channels;
            facts.sample_rate = sound.sample_rate.as_ref().and_then(|rate| rate.parse().ok());
        }
    }
}

/// A ratio as ffprobe writes it, such as `30000/1001`, to three decimals.
fn ratio(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    let ratio = (over / under * 1000.0).round() / 1000.0;
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_are_told_by_their_first_bytes() {
        for (head, format) in [
            (&b"\0\0\0\x20ftypisom\0\0\x02\0"[..], Some("mp4")),
            (b"\0\0\0\x14ftypqt  ", Some("mov")),
            (b"\0\0\0\x1cftypavif", Some("avif")),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", Some("webm")),
            (b"RIFF\0\0\0\0AVI LIST", Some("avi")),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"\0\0\0", None),
            (b"", None),
        ] {
            assert_eq!(container(head), format, "{head:?}");
        }
    }

    #[test]
    fn width_is_that_of_square_pixels() {
        let told = |ratio: &str| {
            let told = format!("{{\"width\": 176, \"height\": 144, \"sample_aspect_ratio\": \"{ratio}\"}}");
            serde_json::from_str::<Stream>(&told).unwrap().shown_width()
        };
        assert_eq!(told("12:11"), Some(192));
        for other in ["1:1", "0:1", "1:0", "x", "", "99999999999999999999:1", "4294967295:1"] {
            assert_eq!(told(other), Some(176), "{other}");
        }
    }

    #[test]
    fn rates_are_ratios() {
        assert_eq!(ratio("25/1"), Some(25.0));
        assert_eq!(ratio("30000/1001"), Some(29.97));
        for none in ["0/0", "1/0", "x", ""] {
            assert_eq!(ratio(none), None, "{none}");
        }
    }
}
