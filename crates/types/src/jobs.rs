//! Words for the work that servers do beside requests.

use crate::vocabulary::names;

names!(
    /// How far a job has come.
    JobState, "waiting, due, running, dead", {
        /// Its time is to come: it was no success, and is tried again.
        Waiting = "waiting",
        /// Its time has come.
        Due = "due",
        /// A server does it.
        Running = "running",
        /// It was given up: it is not tried again by itself.
        Dead = "dead",
    }
);
