//! A moment on the wire: RFC 3339, UTC, three digits of milliseconds and `Z`.

use std::fmt;

use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

/// A moment. *Units*: milliseconds since 1970-01-01T00:00:00Z. *Source*: wire contract, section 1 (RFC 3339).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:15:00.000Z")]
pub struct Timestamp(pub i64);

static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

impl Timestamp {
    fn text(self) -> String {
        // Moments come from our own clock and database; one outside jiff's years can only be damage.
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        PRINTER.timestamp_to_string(&moment)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_still_show_their_milliseconds() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(1_700_000_000_007).to_string(), "2023-11-14T22:13:20.007Z");
    }
}
