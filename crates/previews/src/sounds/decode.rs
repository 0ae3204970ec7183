//! WAV, FLAC, Ogg Vorbis and MP3: the form of the sound, and how loud it is. Of what is longer, the first twenty minutes are heard.
//!
//! Each by a crate of its own: the one that reads them all has a licence that this repository does not take.

use std::io::BufReader;

use nanomp3::{Decoder, MAX_SAMPLES_PER_FRAME};

use super::meter::Meter;
use crate::error::PreviewError;
use crate::source::Source;
use crate::{Facts, Media, Preview};

/// A kind of file with a sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Wav,
    Flac,
    Vorbis,
    Mp3,
}

impl Kind {
    /// Its name in facts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Vorbis => "ogg",
            Self::Mp3 => "mp3",
        }
    }
}

/// The kind, where the first bytes tell it; an MP3 without a tag is only told by its extension.
pub(crate) fn by_first_bytes(head: &[u8]) -> Option<Kind> {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Kind::Wav),
        [b'f', b'L', b'a', b'C', ..] => Some(Kind::Flac),
        [b'I', b'D', b'3', ..] => Some(Kind::Mp3),
        [b'O', b'g', b'g', b'S', ..] if head.windows(7).take(64).any(|bytes| bytes == b"\x01vorbis") => {
            Some(Kind::Vorbis)
        }
        _ => None,
    }
}

/// *Units*: seconds.
const LONGEST: u64 = 20 * 60;

/// Reads one.
pub(crate) fn read(source: &mut Source, kind: Kind) -> Result<Preview, PreviewError> {
    let (meter, bits) = match kind {
        Kind::Wav => wav(source)?,
        Kind::Flac => flac(source)?,
        Kind::Vorbis => vorbis(source)?,
        Kind::Mp3 => mp3(&source.bytes()?)?,
    };
    let facts = Facts {
        media: Some(Media::Sound),
        bits,
        channels: Some(meter.channels()),
        sample_rate: Some(meter.rate()),
        duration_s: Some(meter.duration_s()),
        loudness_lufs: meter.loudness_lufs(),
        peak: meter.peak(),
        ..Facts::default()
    };
    Ok(Preview { picture: Some(super::waveform::draw(meter.stretches())), sheet: None, facts })
}

/// The meter of a sound, and the bits of a sample where there are such.
type Heard = (Meter, Option<u32>);

fn wav(source: &mut Source) -> Result<Heard, PreviewError> {
    let mut reader = hound::WavReader::new(BufReader::new(source.file()?)).map_err(PreviewError::broken)?;
    let spec = reader.spec();
    let mut meter = Meter::new(u32::from(spec.channels), spec.sample_rate, LONGEST)?;
    // A file that is cut short is heard up to there.
    if spec.sample_format == hound::SampleFormat::Float {
        reader.samples::<f32>().map_while(Result::ok).all(|sample| meter.push(sample));
    } else {
        let most = full_scale(u32::from(spec.bits_per_sample));
        reader.samples::<i32>().map_while(Result::ok).all(|sample| meter.push(scaled(sample, most)));
    }
    let claimed = u64::from(reader.duration());
    drop(reader);
    meter.set_length(claimed, read_of(source)?);
    Ok((meter, Some(u32::from(spec.bits_per_sample))))
}

/// How much of a file was read, and how long it is. *Units*: bytes.
fn read_of(source: &Source) -> Result<(u64, u64), PreviewError> {
    Ok((source.position()?, source.size_bytes()))
}

fn flac(source: &mut Source) -> Result<Heard, PreviewError> {
    let mut reader = claxon::FlacReader::new(BufReader::new(source.file()?)).map_err(PreviewError::broken)?;
    let info = reader.streaminfo();
    let mut meter = Meter::new(info.channels, info.sample_rate, LONGEST)?;
    let most = full_scale(info.bits_per_sample);
    reader.samples().map_while(Result::ok).all(|sample| meter.push(scaled(sample, most)));
    drop(reader);
    meter.set_length(info.samples.unwrap_or(0), read_of(source)?);
    Ok((meter, Some(info.bits_per_sample)))
}

fn vorbis(source: &mut Source) -> Result<Heard, PreviewError> {
    let file = BufReader::new(source.file()?);
    let mut reader = lewton::inside_ogg::OggStreamReader::new(file).map_err(PreviewError::broken)?;
    let (channels, rate) = (reader.ident_hdr.audio_channels, reader.ident_hdr.audio_sample_rate);
    let mut meter = Meter::new(u32::from(channels), rate, LONGEST)?;
    while let Ok(Some(samples)) = reader.read_dec_packet_itl() {
        if !samples.iter().all(|sample| meter.push(f32::from(*sample) / 32_768.0)) {
            break;
        }
    }
    meter.set_length(0, (1, 1));
    Ok((meter, None))
}

fn mp3(bytes: &[u8]) -> Result<Heard, PreviewError> {
    let mut decoder = Decoder::new();
    let mut samples = vec![0.0; MAX_SAMPLES_PER_FRAME];
    let mut meter: Option<Meter> = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (consumed, frame) = decoder.decode(rest, &mut samples);
        rest = rest.get(consumed..).unwrap_or_default();
        let Some(frame) = frame else {
            if consumed == 0 {
                break;
            }
            continue;
        };
        let channels = u32::from(frame.channels.num());
        let meter = match &mut meter {
            Some(meter) => meter,
            None => meter.insert(Meter::new(channels, frame.sample_rate, LONGEST)?),
        };
        let produced = frame.samples_produced * usize::from(frame.channels.num());
        let is_wanted =
            channels == meter.channels() && samples.iter().take(produced).all(|sample| meter.push(*sample));
        if !is_wanted {
            break;
        }
    }
    let mut meter = meter.ok_or_else(|| PreviewError::broken("it has no frames"))?;
    meter.set_length(0, (1, 1));
    Ok((meter, None))
}

fn full_scale(bits: u32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let most = (1_u32 << bits.saturating_sub(1).min(31)) as f32;
    most
}

#[expect(clippy::cast_precision_loss, reason = "it is looked at")]
fn scaled(sample: i32, most: f32) -> f32 {
    sample as f32 / most
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A tone of 1 kHz at half of full scale in both channels, as WAV.
    fn tone(seconds: u32) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for frame in 0..seconds * 8000 {
            let sample = (f64::from(frame) * std::f64::consts::FRAC_PI_4).sin() * 16_384.0;
            #[expect(clippy::cast_possible_truncation, reason = "it fits")]
            let sample = sample as i16;
            writer.write_sample(sample).unwrap();
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn read_bytes(bytes: &[u8], kind: Kind) -> Result<Preview, PreviewError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        read(&mut Source::new(file, "a").unwrap(), kind)
    }

    #[test]
    fn tone_has_its_length_and_loudness_and_a_form() {
        let preview = read_bytes(&tone(4), Kind::Wav).unwrap();
        let facts = preview.facts;
        assert_eq!((facts.sample_rate, facts.channels, facts.bits), (Some(8000), Some(2), Some(16)));
        assert!((facts.duration_s.unwrap() - 4.0).abs() < 1e-9);
        assert!((facts.peak.unwrap() - 0.5).abs() < 0.01);
        // Two channels at -9 dB each.
        assert!((facts.loudness_lufs.unwrap() + 6.0).abs() < 0.8, "{:?}", facts.loudness_lufs);
        let picture = preview.picture.unwrap();
        // From half of full scale above the middle to half below, and no further.
        let is_paper = |y: u32| picture.get_pixel(500, y) == picture.get_pixel(500, 0);
        assert!(is_paper(50) && !is_paper(80) && !is_paper(128) && !is_paper(176) && is_paper(206));
    }

    #[test]
    fn length_that_a_file_claims_and_has_not_is_not_believed() {
        let mut file = tone(2);
        // The length of its samples.
        file[40..44].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
        let facts = read_bytes(&file, Kind::Wav).unwrap().facts;
        assert!((facts.duration_s.unwrap() - 2.0).abs() < 1e-9, "{:?}", facts.duration_s);

        let length = |claimed, read| {
            let mut meter = Meter::new(1, 8000, 1).unwrap();
            while meter.push(0.0) {}
            meter.set_length(claimed, read);
            meter.duration_s()
        };
        assert!((length(80_000, (1000, 10_000)) - 10.0).abs() < 1e-9, "it goes on as it began");
        assert!((length(u64::MAX, (1000, 10_000)) - 20.0).abs() < 1e-9, "no more can be in it");
        assert!((length(0, (1, 1)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn sounds_that_are_cut_short_or_none_are_heard_as_far_as_they_go() {
        let whole = tone(1);
        assert!(read_bytes(&whole[..whole.len() / 2], Kind::Wav).is_ok());
        for kind in [Kind::Wav, Kind::Flac, Kind::Vorbis, Kind::Mp3] {
            assert!(matches!(read_bytes(&whole[..20], kind), Err(PreviewError::Broken(_))), "{kind:?}");
            assert!(read_bytes(b"fLaC\0\0\0\x22", kind).is_err());
        }
    }
}
