//! Times as people write them on the command line.

use std::str::FromStr;

/// When a key ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// *Units*: Unix milliseconds.
    At(i64),
    /// So long from now. *Units*: seconds.
    In(i64),
}

impl Ending {
    /// The moment. *Units*: Unix milliseconds.
    pub(crate) fn at_ms(self, now_ms: i64) -> i64 {
        match self {
            Self::At(at_ms) => at_ms,
            Self::In(seconds) => now_ms + seconds * 1000,
        }
    }
}

impl FromStr for Ending {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::At(moment.as_millisecond()));
        }
        duration_s(text).map(Self::In).map_err(|_| {
            "must be a moment such as 2027-01-31T12:00:00Z, or a time from now such as 90d".into()
        })
    }
}

/// The longest time that is taken: a hundred years. *Units*: seconds.
const LONGEST_S: i64 = 100 * 366 * 86_400;

/// Reads a time such as `90d`, `24h`, `30m`, `45s`, `2w`, or `0`. *Units*: seconds.
pub(crate) fn duration_s(text: &str) -> Result<i64, String> {
    let must = || "must be a time such as 90d, 24h, 30m or 45s, or 0".to_owned();
    if text == "0" {
        return Ok(0);
    }
    let unit = text.chars().last().ok_or_else(must)?;
    let unit_s = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(must()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(must());
    }
    let seconds = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit_s));
    seconds.filter(|seconds| *seconds <= LONGEST_S).ok_or_else(must)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("0", 0),
            ("0s", 0),
            ("45s", 45),
            ("30m", 1800),
            ("24h", 86_400),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(duration_s(text), Ok(seconds), "{text}");
        }
        for text in
            ["", "d", "24", "-1h", "+1h", "1.5h", "1 h", "1y", "9999999999w", "99999999999999999999s", "é"]
        {
            assert!(duration_s(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ending_is_a_moment_or_a_time_from_now() {
        assert_eq!("2027-01-31T12:00:00Z".parse(), Ok(Ending::At(1_801_396_800_000)));
        assert_eq!("1d".parse::<Ending>().unwrap().at_ms(5), 86_400_005);
        for text in ["tomorrow", "2027-01-31", "2027-01-31T12:00:00"] {
            assert!(text.parse::<Ending>().is_err(), "{text}");
        }
    }
}
