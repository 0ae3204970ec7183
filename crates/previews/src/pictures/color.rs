//! Colours as their profile means them, in sRGB.

use image::RgbaImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, ProfileText, TransformOptions};

use super::tone;

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

/// CIE L*a*b* of light as in print (D50), a and b from -128 up, in sRGB.
pub(crate) fn lab_to_srgb(values: [u8; 3]) -> [u8; 4] {
    const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];
    // From D50 to the primaries of sRGB; by Bruce Lindbloom, Bradford-adapted.
    const TO_SRGB: [[f32; 3]; 3] = [
        [3.133_856, -1.616_867, -0.490_615],
        [-0.978_768, 1.916_142, 0.033_454],
        [0.071_945, -0.228_991, 1.405_243],
    ];
    let [lightness, a, b] = values.map(f32::from);
    let y = (lightness / 255.0 * 100.0 + 16.0) / 116.0;
    let of =
        |value: f32| if value > 6.0 / 29.0 { value.powi(3) } else { (value - 16.0 / 116.0) * 108.0 / 841.0 };
    let xyz =
        [of(y + (a - 128.0) / 500.0) * WHITE[0], of(y) * WHITE[1], of(y - (b - 128.0) / 200.0) * WHITE[2]];
    let [red, green, blue] =
        TO_SRGB.map(|row| tone::encode(row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2]));
    [red, green, blue, u8::MAX]
}
