//! A JSON object read so strictly that two readers can't disagree on it: flat, each member once. Not a general parser;
//! called by [`crate::verifier`] for a token's header and claims.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// More members than this can only be noise, and looking for doubles is quadratic.
const MAX_MEMBERS: usize = 32;

/// The value of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number that fits 64 bits, written as one: not `1.0`, not `1e3`.
    Integer(i64),
    /// Anything else, read over.
    Other,
}

/// What is wrong with a text that should be an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StrictJsonError {
    /// Not JSON, not an object, or with far too many members.
    Malformed,
    /// A member stands twice; `\u0061` and `a` are the same name.
    DuplicateMember,
}

/// The members of the object that `json` is, in their order.
///
/// *Source*: RFC 8725 section 2.4 and RFC 7515 section 4 (members must be unique).
pub(crate) fn parse_object(json: &[u8]) -> Result<Vec<(Cow<'_, str>, Value<'_>)>, StrictJsonError> {
    let Object(members) = serde_json::from_slice(json).map_err(|_| StrictJsonError::Malformed)?;
    for (index, (name, _)) in members.iter().enumerate() {
        if members[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(StrictJsonError::DuplicateMember);
        }
    }
    Ok(members)
}

struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(12);
                while let Some(Name(name)) = map.next_key()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(de::Error::custom("too many members"));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Object(members))
            }
        }

        // A struct would also be read from an array; a map can't.
        deserializer.deserialize_map(Members)
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Text(name) => Ok(Self(name)),
            _ => Err(de::Error::custom("a member's name is a text")),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Integer))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Vec<(Cow<'_, str>, Value<'_>)>, StrictJsonError> {
        parse_object(json.as_bytes())
    }

    #[test]
    fn members_are_read_in_order() {
        let members = parse(r#" {"a":"x","b":-5,"c":"\u0041"} "#).unwrap();

        let text = |text| Value::Text(Cow::Borrowed(text));
        let expected = [("a", text("x")), ("b", Value::Integer(-5)), ("c", text("A"))];
        assert_eq!(members, expected.map(|(name, value)| (Cow::Borrowed(name), value)));
    }

    #[test]
    fn values_of_other_kinds_are_marked() {
        for value in
            ["1.0", "1e3", "9223372036854775808", "true", "null", "[]", "{}", "[{\"a\":1}]", "{\"a\":[1]}"]
        {
            let json = format!(r#"{{"a":{value},"b":1}}"#);
            assert_eq!(parse(&json).unwrap()[0].1, Value::Other, "{value}");
            assert_eq!(parse(&json).unwrap()[1].1, Value::Integer(1), "{value}");
        }
    }

    #[test]
    fn deep_nesting_is_read_over() {
        let json = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse(&json).unwrap()[0].1, Value::Other);
    }

    #[test]
    fn duplicate_member_is_refused_in_any_spelling() {
        for json in [r#"{"a":1,"a":1}"#, r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"a":{},"a":[]}"#] {
            assert_eq!(parse(json), Err(StrictJsonError::DuplicateMember), "{json}");
        }
    }

    #[test]
    fn anything_but_one_object_is_malformed() {
        let many: Vec<_> = (0..33).map(|n| format!("\"m{n}\":1")).collect();
        for json in [
            "",
            "[]",
            "[\"a\",1]",
            "\"a\"",
            "{} {}",
            "{}x",
            "{'a':1}",
            "{\"a\":1,}",
            "{a:1}",
            "\u{feff}{}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":\"\\ud800\"}",
            &format!("{{{}}}", many.join(",")),
        ] {
            assert_eq!(parse(json), Err(StrictJsonError::Malformed), "{json}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}"), Err(StrictJsonError::Malformed));
    }
}
