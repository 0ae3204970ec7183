//! What searches ask of the facts of files, as it is written: `width>=2048`.

use mudlark_store::{FactComparison, FactFilter, FactValue};
use mudlark_types::search_fold;

use crate::ops::previews::thousandths;

/// The longest name of a fact. *Units*: bytes.
const MAX_NAME: usize = 64;

/// The longer ones first: each begins with a shorter one.
const COMPARISONS: [(&str, FactComparison); 6] = [
    (">=", FactComparison::GreaterOrEqual),
    ("<=", FactComparison::LessOrEqual),
    ("!=", FactComparison::NotEqual),
    (">", FactComparison::Greater),
    ("<", FactComparison::Less),
    ("=", FactComparison::Equal),
];

/// Reads one; none where it is not of this form. `facts.` may stand before the name, as it does in a version.
pub(super) fn fact_filter(text: &str) -> Option<FactFilter> {
    let text = text.trim();
    let text = text.strip_prefix("facts.").unwrap_or(text);
    let end =
        text.find(|letter: char| !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'))?;
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (operator, comparison) = COMPARISONS.into_iter().find(|(operator, _)| rest.starts_with(operator))?;
    let value = rest[operator.len()..].trim();
    if name.is_empty() || name.len() > MAX_NAME || value.is_empty() {
        return None;
    }
    let value = match value.parse::<f64>() {
        Ok(number) if number.is_finite() => FactValue::Thousandths(thousandths(number)?),
        _ => FactValue::Word(search_fold(value)),
    };
    Some(FactFilter { name: name.to_owned(), comparison, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_as_they_are_written() {
        let read = |text: &str| {
            fact_filter(text).map(|fact| format!("{} {:?} {:?}", fact.name, fact.comparison, fact.value))
        };
        for (text, expected) in [
            ("width>=2048", "width GreaterOrEqual Thousandths(2048000)"),
            (" facts.triangles < 50000 ", "triangles Less Thousandths(50000000)"),
            ("duration_s!=1.5", "duration_s NotEqual Thousandths(1500)"),
            ("format=PSD", "format Equal Word(\"psd\")"),
            ("color_profile=Adobe RGB (1998)", "color_profile Equal Word(\"adobe rgb (1998)\")"),
            ("has_alpha=true", "has_alpha Equal Word(\"true\")"),
            ("width=nan", "width Equal Word(\"nan\")"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "width", "width>=", "=5", ">=5", "Width>5", "width~5", "wi dth>5", "width>=1e30", "w\0=1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("{}=1", "a".repeat(65))), None);
    }
}
