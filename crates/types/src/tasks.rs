//! The words of a task: how urgent it is, and how far. Spelled as the API documents them, with capitals and spaces.

use crate::vocabulary::names;

names!(
    /// How urgent a task is.
    TaskPriority, "Low, Medium, High, Urgent", {
        /// It can wait.
        Low = "Low",
        /// The ordinary one.
        Medium = "Medium",
        /// Before the others.
        High = "High",
        /// Now.
        Urgent = "Urgent",
    }
);

names!(
    /// How far a task is.
    TaskStatus, "Pending, In Progress, Completed", {
        /// Nobody has begun.
        Pending = "Pending",
        /// Somebody is at it.
        InProgress = "In Progress",
        /// It is done.
        Completed = "Completed",
    }
);
