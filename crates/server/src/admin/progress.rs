//! Bars for long work, on standard error: drawn where that is a terminal, and nowhere else.
//!
//! *Why* `indicatif`: it knows terminals, widths and rates, and draws nothing into pipes.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes.
pub(super) fn of_bytes(total: u64, what: &'static str) -> ProgressBar {
    let style = "{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
    bar(total, what, style)
}

/// A bar that counts things.
pub(super) fn of_things(total: u64, what: &'static str) -> ProgressBar {
    bar(total, what, "{msg} {wide_bar} {human_pos}/{human_len}, {eta} left")
}

fn bar(total: u64, what: &'static str, style: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(style).expect("the template is well-formed");
    ProgressBar::new(total).with_style(style).with_message(what)
}
