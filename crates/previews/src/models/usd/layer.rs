//! One layer: things by their paths, with values. Whatever is asked for and is not there, or is of another type, is none.

use std::io::Cursor;

use openusd::sdf::{AbstractData, Path, Specifier, Value};
use openusd::usda::TextReader;
use openusd::usda::parser::Parser;
use openusd::usdc::CrateData;

use super::plain::plain;
use super::{BINARY, TEXT};
use crate::error::PreviewError;

/// The deepest that brackets may be within each other: the text's reader calls itself for each.
const DEEPEST: usize = 200;
/// The oldest minor version of the binary form that the reader knows; the major one is 0.
const OLDEST: u8 = 4;

/// A layer.
pub(super) struct Layer {
    data: Box<dyn AbstractData>,
    is_binary: bool,
}

impl Layer {
    /// Reads either form.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PreviewError> {
        let is_binary = bytes.starts_with(BINARY);
        let data: Box<dyn AbstractData> = if is_binary {
            if bytes.get(8) != Some(&0) || bytes.get(9).is_none_or(|minor| *minor < OLDEST) {
                return Err(PreviewError::broken("its version is not known"));
            }
            let data = CrateData::open(Cursor::new(bytes.to_vec()), true);
            Box::new(data.map_err(|error| PreviewError::broken(format!("{error:#}")))?)
        } else {
            if !bytes.starts_with(TEXT) {
                return Err(PreviewError::broken("it is no USD"));
            }
            check_depth(bytes)?;
            let text = std::str::from_utf8(bytes).map_err(PreviewError::broken)?;
            let data = Parser::new(text).parse();
            let data = data.or_else(|error| Parser::new(&plain(text)).parse().map_err(|_| error));
            Box::new(TextReader::from_data(data.map_err(|error| PreviewError::broken(format!("{error:#}")))?))
        };
        Ok(Self { data, is_binary })
    }

    pub(super) const fn is_binary(&self) -> bool {
        self.is_binary
    }

    /// What is right below a path, in its order.
    pub(super) fn children(&self, path: &Path) -> Vec<Path> {
        let names = words_of(self.field(path, "primChildren"));
        // They are taken from the end.
        names.into_iter().rev().filter_map(|name| path.append_path(name.as_str()).ok()).collect()
    }

    /// Whether a thing is there to be seen.
    pub(super) fn is_shown(&self, path: &Path) -> bool {
        let is_defined = !matches!(
            self.field(path, "specifier"),
            Some(Value::Specifier(Specifier::Class | Specifier::Over))
        );
        let is_active = !matches!(self.field(path, "active"), Some(Value::Bool(false)));
        let is_visible = self.word(path, "visibility").is_none_or(|word| word != "invisible");
        let is_for_the_eye =
            self.word(path, "purpose").is_none_or(|word| !matches!(word.as_str(), "guide" | "proxy"));
        is_defined && is_active && is_visible && is_for_the_eye
    }

    /// A field that is text.
    pub(super) fn text(&self, path: &Path, field: &str) -> Option<String> {
        text_of(self.field(path, field)?)
    }

    /// A field that is one number.
    pub(super) fn number(&self, path: &Path, field: &str) -> Option<f64> {
        match self.field(path, field)? {
            Value::Double(number) => Some(number),
            Value::Float(number) => Some(number.into()),
            Value::Int(number) => Some(number.into()),
            _ => None,
        }
    }

    /// A property that is a word.
    pub(super) fn word(&self, path: &Path, property: &str) -> Option<String> {
        text_of(self.value(path, property)?)
    }

    /// A property that is a list of words.
    pub(super) fn words(&self, path: &Path, property: &str) -> Vec<String> {
        words_of(self.value(path, property))
    }

    /// A property of real numbers, of vectors one after the other.
    pub(super) fn numbers(&self, path: &Path, property: &str) -> Option<Vec<f32>> {
        Some(match self.value(path, property)? {
            Value::Float(number) => vec![number],
            Value::Double(number) => vec![number as f32],
            Value::Half(number) => vec![number.to_f32()],
            Value::FloatVec(all)
            | Value::Vec2f(all)
            | Value::Vec3f(all)
            | Value::Vec4f(all)
            | Value::Quatf(all) => all,
            Value::DoubleVec(all)
            | Value::Vec2d(all)
            | Value::Vec3d(all)
            | Value::Quatd(all)
            | Value::Matrix4d(all) => all.into_iter().map(|number| number as f32).collect(),
            Value::HalfVec(all)
            | Value::Vec2h(all)
            | Value::Vec3h(all)
            | Value::Vec4h(all)
            | Value::Quath(all) => all.into_iter().map(openusd::f16::to_f32).collect(),
            _ => return None,
        })
    }

    /// A property of whole numbers.
    pub(super) fn indexes(&self, path: &Path, property: &str) -> Option<Vec<i32>> {
        match self.value(path, property)? {
            Value::IntVec(all) => Some(all),
            _ => None,
        }
    }

    /// A quaternion with its real part first, which the binary form has last.
    pub(super) const fn quaternion(&self, [a, b, c, d]: [f32; 4]) -> [f32; 4] {
        if self.is_binary { [d, a, b, c] } else { [a, b, c, d] }
    }

    /// What a property says of itself, such as its interpolation.
    pub(super) fn said_of(&self, path: &Path, property: &str, field: &str) -> Option<String> {
        text_of(self.field(&path.append_property(property).ok()?, field)?)
    }

    /// The path of the material that a thing is bound to.
    pub(super) fn binding(&self, path: &Path) -> Option<String> {
        self.targets(path, "material:binding", "targetPaths")
    }

    /// The path of the output that an input takes its value from.
    pub(super) fn connection(&self, path: &Path, property: &str) -> Option<String> {
        // The reader of text has it as a property of its own.
        let of_text = || self.targets(path, &format!("{property}.connect"), "connectionPaths");
        self.targets(path, property, "connectionPaths").or_else(of_text)
    }

    fn targets(&self, path: &Path, property: &str, field: &str) -> Option<String> {
        let property = path.append_property(property).ok()?;
        match self.field(&property, field)? {
            Value::PathListOp(paths) => {
                let lists =
                    [paths.explicit_items, paths.prepended_items, paths.appended_items, paths.added_items];
                lists.into_iter().flatten().next().map(|path| path.as_str().to_owned())
            }
            Value::PathVec(paths) => paths.first().map(|path| path.as_str().to_owned()),
            _ => None,
        }
    }

    /// The names of layers that this one lies over.
    pub(super) fn sub_layers(&self, root: &Path) -> Vec<String> {
        words_of(self.field(root, "subLayers"))
    }

    /// The names of layers that a thing is taken from.
    pub(super) fn other_layers(&self, path: &Path) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(Value::ReferenceListOp(all)) = self.field(path, "references") {
            let lists = [all.explicit_items, all.prepended_items, all.appended_items, all.added_items];
            names.extend(lists.into_iter().flatten().map(|reference| reference.asset_path));
        }
        match self.field(path, "payload") {
            Some(Value::Payload(payload)) => names.push(payload.asset_path),
            Some(Value::PayloadListOp(all)) => {
                let lists = [all.explicit_items, all.prepended_items, all.appended_items, all.added_items];
                names.extend(lists.into_iter().flatten().map(|payload| payload.asset_path));
            }
            _ => {}
        }
        names.retain(|name| !name.is_empty());
        names
    }

    /// A property's value: the one that always holds, or else the first in time.
    fn value(&self, path: &Path, property: &str) -> Option<Value> {
        let property = path.append_property(property).ok()?;
        self.field(&property, "default").or_else(|| match self.field(&property, "timeSamples")? {
            Value::TimeSamples(samples) => samples.into_iter().next().map(|(_, value)| value),
            _ => None,
        })
    }

    fn field(&self, path: &Path, field: &str) -> Option<Value> {
        if !self.data.has_field(path, field) {
            return None;
        }
        self.data.get(path, field).ok().map(std::borrow::Cow::into_owned)
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::Token(text) | Value::String(text) | Value::AssetPath(text) => Some(text),
        _ => None,
    }
}

fn words_of(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::TokenVec(words) | Value::StringVec(words)) => words,
        _ => Vec::new(),
    }
}

fn check_depth(bytes: &[u8]) -> Result<(), PreviewError> {
    let mut depth = 0_usize;
    for byte in bytes {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(PreviewError::TooLarge("more than 200 brackets within each other".to_owned()));
        }
    }
    Ok(())
}
