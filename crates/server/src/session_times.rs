//! How long people stay signed in: the settings of that, in the units that the rest counts in.

use crate::config::Settings;

/// *Units*: milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1000;

impl Settings {
    /// After how long without a request a session ends. *Units*: milliseconds.
    pub(crate) fn session_idle_ms(&self) -> i64 {
        i64::from(self.session_idle_hours) * HOUR_MS
    }

    /// How long a session lasts at most. *Units*: milliseconds.
    pub(crate) fn session_lifetime_ms(&self) -> i64 {
        i64::from(self.session_lifetime_days) * 24 * HOUR_MS
    }

    /// *Errors*: one of them is out of its bounds.
    pub(crate) fn check_session_times(&self) -> anyhow::Result<()> {
        for (name, value, most) in [
            ("session_idle_hours", self.session_idle_hours, 720),
            ("session_lifetime_days", self.session_lifetime_days, 365),
        ] {
            anyhow::ensure!((1..=most).contains(&value), "{name} must be from 1 to {most}; it is {value}");
        }
        Ok(())
    }
}
