//! Runs the tests for so long and no longer: a test that never ends makes the run fail, and says which one it was.
//! *Why*: without this a hung test takes the whole time that continuous integration has, and leaves no name behind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::steps::{command_line, verdict};

/// How often it is looked whether they have ended, while nothing is printed.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Runs tests, showing their output as it comes.
///
/// *Errors*: they could not be started, ended with another code than 0, or did not end in time. Then they and all that
/// they had started are killed, and the error names what was still running.
pub(crate) fn show_within(limit: Duration, command: &mut Command) -> Result<(), String> {
    let line = command_line(command);
    eprintln!("{:>11}$ {line}", "");
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    let lines = lines_of(child.stdout.take().ok_or("its output is not there")?);
    let mut running = Running::default();
    loop {
        match lines.recv_timeout(LOOK_EVERY) {
            Ok(text) => {
                println!("{text}");
                running.hear(&text);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return verdict(&line, child.wait()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        // What it had started, and left behind, may keep its output open for ever.
        if let Some(ended) = child.try_wait().transpose() {
            return verdict(&line, ended);
        }
        if began.elapsed() > limit {
            let what = running.describe(&processes_below(child.id()));
            end(&mut child);
            return Err(format!("`{line}` was still running after {} min: {what}", limit.as_secs() / 60));
        }
    }
}

/// What a program prints, line by line, until it and all that share its output have ended.
fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { return };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    lines
}

/// The tests that were said to take long and of whose end nothing was heard.
#[derive(Default)]
struct Running(BTreeSet<String>);

impl Running {
    fn hear(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test ") else { return };
        let name = rest.split(' ').next().unwrap_or_default();
        if rest.ends_with("has been running for over 60 seconds") {
            self.0.insert(name.to_owned());
        } else {
            self.0.remove(name);
        }
    }

    fn describe(&self, processes: &[Process]) -> String {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let mut text = if names.is_empty() { "no test in particular".to_owned() } else { names.join(", ") };
        text.push('\n');
        for process in processes {
            let _ = writeln!(text, "  process {} ({})", process.id, process.name);
            for thread in &process.threads {
                let _ = writeln!(text, "    {thread}");
            }
        }
        text
    }
}

struct Process {
    id: u32,
    parent: u32,
    name: String,
    /// Each thread's name, state and what it waits for in the kernel. A test's thread is named after it.
    threads: Vec<String>,
}

/// Ends a program and all that it has started.
fn end(child: &mut Child) {
    let below = processes_below(child.id());
    // First of all who would start the next tests when these are gone.
    child.kill().ok();
    for process in below {
        // It may have ended by itself meanwhile.
        let _ = Command::new("kill").args(["-KILL", &process.id.to_string()]).stderr(Stdio::null()).status();
    }
    child.wait().ok();
}

/// The processes that one has started, and those that they have, the deepest last.
fn processes_below(root: u32) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut others: Vec<Process> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(process).collect();
    let mut below = Vec::new();
    let mut parents = BTreeSet::from([root]);
    loop {
        let (found, rest) = others.into_iter().partition(|process| parents.contains(&process.parent));
        others = rest;
        let found: Vec<Process> = found;
        if found.is_empty() {
            return below;
        }
        parents = found.iter().map(|process| process.id).collect();
        below.extend(found);
    }
}

fn process(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name stands in brackets and may hold anything; after it come the state and the parent.
    let (_, after_name) = stat.rsplit_once(") ")?;
    let parent = after_name.split(' ').nth(1)?.parse().ok()?;
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let threads = threads.filter_map(|thread| {
        let read = |what: &str| fs::read_to_string(thread.path().join(what)).ok();
        let state = read("stat")?.rsplit_once(") ")?.1.chars().next()?;
        let waits_in = read("wchan").unwrap_or_default();
        Some(format!("{} {state} {waits_in}", read("comm")?.trim_end()))
    });
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?.trim_end().to_owned();
    Some(Process { id, parent, name, threads: threads.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn program_that_never_ends_is_ended_with_its_children_and_what_ran_is_named() {
        let script = "echo 'test a::quick ... ok'; echo 'test b::hung has been running for over 60 seconds'; \
                      echo 'test c::slow has been running for over 60 seconds'; echo 'test c::slow ... ok'; \
                      sleep 1000 & wait";
        let problem = show_within(Duration::from_millis(500), &mut shell(script)).unwrap_err();
        assert!(problem.contains(" b::hung\n"), "{problem}");
        assert!(problem.contains("(sleep)"), "{problem}");
        let sleeping = processes_below(std::process::id());
        assert!(sleeping.iter().all(|process| process.name != "sleep"));
    }

    #[test]
    fn program_that_ends_in_time_is_judged_by_its_code() {
        let long = Duration::from_mins(1);
        assert_eq!(show_within(long, &mut shell("true")), Ok(()));
        assert_eq!(show_within(long, &mut shell("sleep 30 & echo left behind")), Ok(()));
        assert!(show_within(long, &mut shell("exit 3")).unwrap_err().contains("exit status: 3"));
    }
}
