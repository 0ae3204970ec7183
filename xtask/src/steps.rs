//! Named steps: says what is being done and for how long, and sums up at the end.
//! Decides the exit code of a command; knows nothing of what the steps do.

use std::fmt::Write as _;
use std::process::{Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

enum Outcome {
    Passed,
    Failed(String),
    NotRun(String),
}

struct Done {
    name: String,
    took: Duration,
    outcome: Outcome,
}

/// The steps of one command, in the order they ran.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<Done>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), done: Vec::new() }
    }

    /// Runs one step; `None` if it failed. The failure is said at once, and again in the summary.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T, String>) -> Option<T> {
        eprintln!("[{:>8}] {name} …", for_people(self.started.elapsed()));
        let started = Instant::now();
        let (outcome, value) = match work() {
            Ok(value) => (Outcome::Passed, Some(value)),
            Err(problem) => {
                eprintln!("error: {name}: {problem}");
                (Outcome::Failed(problem), None)
            }
        };
        self.done.push(Done { name: name.to_owned(), took: started.elapsed(), outcome });
        value
    }

    /// Notes a step that was left out, and why.
    pub(crate) fn leave_out(&mut self, name: &str, why: &str) {
        eprintln!("[{:>8}] {name}: not run: {why}", for_people(self.started.elapsed()));
        self.done.push(Done {
            name: name.to_owned(),
            took: Duration::ZERO,
            outcome: Outcome::NotRun(why.to_owned()),
        });
    }

    /// Prints one line a step. Success only if no step failed.
    pub(crate) fn finish(self) -> ExitCode {
        eprint!("\n{}", self.summary());
        if self.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn failed(&self) -> bool {
        self.done.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)))
    }

    fn summary(&self) -> String {
        let width = self.done.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for Done { name, took, outcome } in &self.done {
            let (word, detail) = match outcome {
                Outcome::Passed => ("passed", String::new()),
                Outcome::Failed(problem) => ("FAILED", format!("  {}", problem.lines().next().unwrap_or(""))),
                Outcome::NotRun(why) => ("not run", format!("  {why}")),
            };
            let line = format!("{name:<width$}  {word:<7}  {:>8}{detail}", for_people(*took));
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let verdict = if self.failed() { "FAILED" } else { "passed" };
        let _ = writeln!(text, "{:<width$}  {verdict:<7}  {:>8}", "all", for_people(self.started.elapsed()));
        text
    }
}

/// Runs a program whose output is shown as it comes.
///
/// *Errors*: it could not be started, or ended with another code than 0.
pub(crate) fn show(command: &mut Command) -> Result<(), String> {
    let line = command_line(command);
    eprintln!("{:>11}$ {line}", "");
    verdict(&line, command.status())
}

/// What the end of a program says of its step.
pub(crate) fn verdict(line: &str, ended: std::io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(error) => Err(format!("`{line}` could not be started: {error}")),
    }
}

/// The command as one would type it; the program without its folder.
pub(crate) fn command_line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        if argument.contains('\n') {
            line.push_str(" '…'");
        } else if argument.contains(' ') {
            let _ = write!(line, " '{argument}'");
        } else {
            let _ = write!(line, " {argument}");
        }
    }
    line
}

fn for_people(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_with_a_failed_step_names_it_and_fails() {
        let mut steps = Steps::new();
        steps.run("lints", || Ok::<_, String>(()));
        steps.run("tests", || Err::<(), _>("3 tests failed\nand more".to_owned()));
        steps.leave_out("generated files", "the tests failed");

        let summary = steps.summary();

        assert!(steps.failed());
        assert!(summary.contains("lints            passed"), "{summary}");
        assert!(summary.contains("tests            FAILED"), "{summary}");
        assert!(summary.contains("3 tests failed\n"), "{summary}");
        assert!(summary.contains("generated files  not run"), "{summary}");
        assert!(summary.ends_with(" s\n"), "{summary}");
    }

    #[test]
    fn summary_of_left_out_steps_passes() {
        let mut steps = Steps::new();
        steps.leave_out("licences", "cargo-deny is not installed");

        assert!(!steps.failed());
    }

    #[test]
    fn program_that_fails_is_a_failed_step() {
        let failed = show(&mut Command::new("false"));
        let missing = show(&mut Command::new("no-such-program-here"));

        assert!(failed.is_err_and(|problem| problem.starts_with("`false` ended with")));
        assert!(missing.is_err_and(|problem| problem.contains("could not be started")));
    }

    #[test]
    fn time_over_a_minute_is_shown_in_minutes() {
        assert_eq!(for_people(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(for_people(Duration::from_secs(605)), "10m 05s");
    }
}
