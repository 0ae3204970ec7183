//! The processes a benchmark starts: each is stopped by its own process id when its guard goes, however the run ends.
//! Also reads what the kernel knows of a running one: its peak memory and its processor time.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long a server may take until it listens.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What a server prints before its address.
const ANNOUNCEMENT: &str = "listening on http://";

/// Kernel clock ticks a second in `/proc/PID/stat`: 100 on every Linux the project runs on (`man 5 proc`, `sysconf`).
const TICKS_PER_S: f64 = 100.0;

/// Every process that runs now, so that an interrupt can stop them all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Children(Arc<Mutex<Register>>);

#[derive(Debug, Default)]
struct Register {
    stopping: bool,
    running: Vec<Arc<Mutex<Child>>>,
}

impl Children {
    /// Starts a process whose standard error goes to `log`.
    ///
    /// # Errors
    /// When it can't be started, or the benchmark is being interrupted.
    pub(crate) fn start(&self, command: &mut Command, log: &Path) -> Result<Running> {
        let log_file = File::create(log).with_context(|| format!("creating {}", log.display()))?;
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(!register.stopping, "interrupted");
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stderr(log_file).spawn().with_context(|| format!("starting {program}"))?;
        let pid = child.id();
        let child = Arc::new(Mutex::new(child));
        register.running.push(Arc::clone(&child));
        Ok(Running { child, pid, program, log: log.to_path_buf() })
    }

    /// Whether to go on with work that waits for no process.
    ///
    /// # Errors
    /// When the benchmark is being interrupted.
    pub(crate) fn go_on(&self) -> Result<()> {
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(!register.stopping, "interrupted");
        Ok(())
    }

    /// Starts a server that says where it listens, and waits until it does.
    ///
    /// # Errors
    /// When it ends, or is silent for a minute, before it listens.
    pub(crate) fn start_server(&self, command: &mut Command, log: &Path) -> Result<Server> {
        let process = self.start(command.stdin(Stdio::piped()).stdout(Stdio::piped()), log)?;
        let output = process.child().stdout.take().context("the output is not a pipe")?;
        let (announce, announced) = mpsc::channel();
        // Reads on after the announcement, so that the server never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once(ANNOUNCEMENT) {
                    let _ = announce.send(address.trim_end_matches('/').parse::<SocketAddr>());
                }
            }
        });
        match announced.recv_timeout(START_LIMIT) {
            Ok(address) => Ok(Server { address: address.context("the announced address")?, process }),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{} does not listen after a minute: {}", process.program, process.log_tail())
            }
            Err(RecvTimeoutError::Disconnected) => {
                bail!("{} ended before it listened: {}", process.program, process.log_tail())
            }
        }
    }

    /// Stops them all and lets none start any more: what the run waits for breaks, and it ends in the ordinary way.
    pub(crate) fn interrupt(&self) {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        register.stopping = true;
        for child in register.running.drain(..) {
            stop(&child);
        }
    }
}

/// A process that runs until this goes.
#[derive(Debug)]
pub(crate) struct Running {
    child: Arc<Mutex<Child>>,
    pid: u32,
    program: String,
    log: PathBuf,
}

/// A running server and where it listens.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) process: Running,
}

impl Running {
    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True while the process has not ended.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.child().try_wait(), Ok(None))
    }

    /// The end of what it wrote to standard error.
    pub(crate) fn log_tail(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(2000)..]).trim().to_owned()
    }

    /// Peak resident memory since it started, in bytes.
    ///
    /// *Source*: `VmHWM` in `man 5 proc_pid_status`.
    pub(crate) fn peak_memory_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))
            .with_context(|| format!("{} is gone", self.program))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().context("VmHWM is not a number")?;
        Ok(kib * 1024)
    }

    /// Processor time it has used since it started, in seconds, exact to 10 ms.
    ///
    /// *Source*: fields 14 and 15 of `man 5 proc_pid_stat`.
    pub(crate) fn cpu_s(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))
            .with_context(|| format!("{} is gone", self.program))?;
        // The program's name, in brackets, may itself hold spaces.
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks: f64 = fields.split_whitespace().skip(11).take(2).flat_map(str::parse::<f64>).sum();
        Ok(ticks / TICKS_PER_S)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        stop(&self.child);
    }
}

/// Kills a process by its id and takes its end, unless that is done already.
fn stop(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(child.try_wait(), Ok(None)) {
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_guard_ends_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let children = Children::default();
        let running =
            children.start(Command::new("sleep").arg("60"), &folder.path().join("sleep.log")).unwrap();
        let process = PathBuf::from(format!("/proc/{}", running.pid));
        assert!(running.is_alive() && process.exists());

        drop(running);

        assert!(!process.exists());
    }

    #[test]
    fn server_that_ends_before_it_listens_is_told_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo port in use >&2"]);

        let refused = Children::default().start_server(&mut command, &folder.path().join("sh.log"));

        assert!(refused.unwrap_err().to_string().contains("port in use"));
    }
}
