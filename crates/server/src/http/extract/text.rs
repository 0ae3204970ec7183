//! Texts that people write: bounded, and without characters that don't belong in them.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A name or title: one line, not blank, at most `MAX` bytes of UTF-8; spaces around it are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<const MAX: usize>(pub(crate) String);

impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let line = text.trim();
        if line.is_empty() {
            return Err(D::Error::custom("must not be empty"));
        }
        if line.len() > MAX {
            return Err(D::Error::custom(format!("must be at most {MAX} bytes of UTF-8")));
        }
        if line.chars().any(char::is_control) {
            return Err(D::Error::custom("must be one line without control characters"));
        }
        Ok(Self(line.to_owned()))
    }
}

/// A text of any number of lines, at most `MAX` bytes of UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<const MAX: usize>(pub(crate) String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > MAX {
            return Err(D::Error::custom(format!("must be at most {MAX} bytes of UTF-8")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(D::Error::custom("must not contain control characters"));
        }
        Ok(Self(text))
    }
}

/// A [`Text`] that says something: not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prose<const MAX: usize>(pub(crate) String);

impl<'de, const MAX: usize> Deserialize<'de> for Prose<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = Text::<MAX>::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("must not be empty"));
        }
        Ok(Self(text))
    }
}

/// A colour, `#rrggbb`; kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) String);

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_color = text
            .strip_prefix('#')
            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if !is_color {
            return Err(D::Error::custom("must be a colour such as #ff8800"));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// A whole number, or the text of one, as a query or a form has it; `None` for what is neither. `5.0` is whole too, as JSON
/// Schema has it.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => whole(&number),
        _ => None,
    })
}

/// `None` for one with a fraction, or with more digits than a float has.
fn whole(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| whole_float(number.as_f64()?))
}

#[expect(clippy::cast_possible_truncation, reason = "whole, and of few enough digits")]
fn whole_float(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// A whole number or the text of one, as its text, to be checked where its range is known.
pub(crate) fn number_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => {
            Ok(Some(whole(&number).map_or_else(|| number.to_string(), |whole| whole.to_string())))
        }
        _ => Err(D::Error::custom("must be a whole number")),
    }
}

/// The length of something in bytes, or the text of it, as a query or a form has it.
pub(crate) fn byte_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let given = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => whole(&number).and_then(|whole| whole.try_into().ok()),
        _ => None,
    };
    given.map(Some).ok_or_else(|| D::Error::custom("must be a length in bytes, a whole number from 0"))
}

/// At most `MAX_LIST` texts of at most `MAX` bytes; one text stands for itself, as a query or a form writes it.
pub(crate) fn short_texts<'de, const MAX_LIST: usize, const MAX: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let texts = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Array(values) => values,
        value => vec![value],
    };
    let text = |value| match value {
        Value::String(text) if text.len() <= MAX && !text.contains(char::is_control) => Some(text),
        _ => None,
    };
    let texts = (texts.len() <= MAX_LIST).then(|| texts.into_iter().map(text).collect()).flatten();
    let refused =
        format_args!("must be a list of at most {MAX_LIST} texts of at most {MAX} bytes").to_string();
    texts.map(Some).ok_or_else(|| D::Error::custom(refused))
}

/// Yes or no: a boolean, or the text of one, as a query or a form has it; `null` is as good as left out.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let given = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Bool(given) => Some(given),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    given.map(Some).ok_or_else(|| D::Error::custom("must be true or false"))
}

/// A moment of RFC 3339; `null` is as good as left out. *Units*: Unix milliseconds.
pub(crate) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let moment = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text.parse().ok().map(jiff::Timestamp::as_millisecond),
        _ => None,
    };
    let refused = "must be a moment such as 2026-11-22T10:15:00Z";
    moment.map(Some).ok_or_else(|| D::Error::custom(refused))
}

/// How the document shows a member that [`texts`] reads.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "for the document")]
pub(crate) enum ListOf<T> {
    List(Vec<T>),
    /// Stands for a list of one.
    One(T),
}

/// A list of texts; one text stands for itself, as a query or a form writes it. `None` for what is neither.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let text = |value| if let Value::String(text) = value { Some(text) } else { None };
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(values) => values.into_iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    })
}

/// Reads a list of at most `MAX` ids, given as `ids=a&ids=b` and as `ids=a,b` alike; `null` is as good as left out.
pub(crate) fn ids<'de, const MAX: usize, Id: FromStr, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Id>>, D::Error> {
    let refused = || D::Error::custom("must be a list of uuids");
    let Some(given) = Option::<Value>::deserialize(deserializer)? else { return Ok(None) };
    let given = texts(given).map_err(D::Error::custom)?.ok_or_else(refused)?;
    let ids = given.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
    let ids: Vec<Id> = ids.map(str::parse).collect::<Result<_, _>>().map_err(|_| refused())?;
    if ids.len() > MAX {
        return Err(D::Error::custom(format!("must be at most {MAX} ids")));
    }
    Ok(Some(ids))
}

/// A set of roles by their names: a list, one name, or names with commas between; at least one.
pub(crate) fn role_names<'de, D, T, R>(deserializer: D) -> Result<Option<R>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
    R: FromIterator<T>,
{
    let texts = texts(deserializer)?.ok_or_else(|| D::Error::custom("must be a list of roles"))?;
    let mut names = texts.iter().flat_map(|text| text.split(',')).map(str::trim).peekable();
    if names.peek().is_none() {
        return Err(D::Error::custom("must name at least one role"));
    }
    names.map(str::parse).collect::<Result<R, _>>().map(Some).map_err(D::Error::custom)
}

/// What a viewer keeps beside a comment or a review: a JSON object, given as one or as its text. At most 16 KiB as it is
/// kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewerMetadata(pub(crate) String);

impl<'de> Deserialize<'de> for ViewerMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const MAX_BYTES: usize = 16 * 1024;
        let refused = || D::Error::custom("must be a JSON object, or a text that is one");
        let given = match Value::deserialize(deserializer)? {
            Value::String(text) => serde_json::from_str(&text).map_err(|_| refused())?,
            given => given,
        };
        if !given.is_object() {
            return Err(refused());
        }
        let kept = given.to_string();
        if kept.len() > MAX_BYTES {
            return Err(D::Error::custom(format!("must be at most {MAX_BYTES} bytes of JSON")));
        }
        if kept.contains("\\u0000") {
            return Err(D::Error::custom("must not contain the character NUL"));
        }
        Ok(Self(kept))
    }
}

/// For members that may be left out (`None`), set to nothing (`Some(None)`), or set.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
