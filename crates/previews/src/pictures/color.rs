//! Colours as their profile means them, in sRGB.

use image::RgbaImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, ProfileText, TransformOptions};

/// Takes a picture from the colours of its profile to those of sRGB. Answers the profile's name, where it has one.
///
/// A profile that can't be used, or is of colours that the picture is not in any more, leaves the picture as it is.
pub(crate) fn to_srgb(picture: &mut RgbaImage, profile: &[u8]) -> Option<String> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space == DataColorSpace::Rgb {
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        if let Ok(transform) = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, options) {
            let width = picture.width() as usize * 4;
            let mut before = vec![0; width];
            for row in picture.chunks_exact_mut(width) {
                before.copy_from_slice(row);
                transform.transform(&before, row).ok()?;
            }
        }
    }
    profile.description.as_ref().and_then(text)
}

/// Takes a picture of four inks, of which 255 is all there can be, to sRGB. Answers whether the profile could do that; where not, the
/// picture is as it was.
pub(crate) fn cmyk_to_srgb(picture: &mut RgbaImage, profile: &[u8]) -> bool {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return false };
    if profile.color_space != DataColorSpace::Cmyk {
        return false;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, options) else {
        return false;
    };
    let inks = picture.clone();
    if transform.transform(&inks, picture).is_err() {
        *picture = inks;
        return false;
    }
    picture.pixels_mut().for_each(|pixel| pixel.0[3] = u8::MAX);
    true
}

/// A profile's name, where it has one.
pub(crate) fn name(profile: &[u8]) -> Option<String> {
    ColorProfile::new_from_slice(profile).ok()?.description.as_ref().and_then(text)
}

fn text(text: &ProfileText) -> Option<String> {
    let text = match text {
        ProfileText::PlainString(text) => text.clone(),
        ProfileText::Localizable(texts) => texts.first()?.value.clone(),
        ProfileText::Description(text) => text.ascii_string.clone(),
    };
    let text = text.trim_matches(|character: char| character == '\0' || character.is_whitespace());
    (!text.is_empty()).then(|| text.to_owned())
}
