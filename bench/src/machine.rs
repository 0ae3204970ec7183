//! Facts of the machine a figure was measured on; without them a rate says little. Called by `report`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// What the figures depend on.
#[derive(Debug)]
pub(crate) struct Machine {
    cores: usize,
    cpu: String,
    memory_gib: f64,
    kernel: String,
    filesystem: String,
    load: String,
    rustc: String,
    commit: String,
}

impl Machine {
    /// Looks at this machine; `folder` is where the data lies, `root` the workspace. What can't be found is `unknown`.
    pub(crate) fn look(root: &Path, folder: &Path) -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let memory_kib: f64 = memory.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            cpu: known(cpu.trim_start_matches([' ', '\t', ':'])),
            memory_gib: memory_kib / 1024.0 / 1024.0,
            kernel: known(&fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default()),
            filesystem: known(&filesystem_of(folder)),
            load: known(load.split(' ').next().unwrap_or_default()),
            rustc: known(&output_of(root, "rustc", &["--version"])),
            commit: known(&output_of(root, "git", &["rev-parse", "--short", "HEAD"])),
        }
    }

    /// As lines for people.
    pub(crate) fn to_text(&self) -> String {
        let Self { cores, cpu, memory_gib, kernel, filesystem, load, rustc, commit } = self;
        format!(
            "machine  {cores} cores, {cpu}, {memory_gib:.1} GiB memory\n\
             system   Linux {kernel}, data on {filesystem}, load average {load} before the run\n\
             built    {rustc}, commit {commit}, release profile\n"
        )
    }

    /// As JSON.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "cores": self.cores, "cpu": self.cpu, "memory_gib": self.memory_gib, "kernel": self.kernel,
            "filesystem": self.filesystem, "load_before": self.load, "rustc": self.rustc, "commit": self.commit,
        })
    }
}

/// The kind of the filesystem that holds a folder: that of the longest mount point above it.
fn filesystem_of(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let above = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (place, kind) = (words.next()?, words.next()?);
        folder.starts_with(place).then_some((place.len(), kind))
    });
    above.max_by_key(|(length, _)| *length).map(|(_, kind)| kind.to_owned()).unwrap_or_default()
}

/// What a command prints, or nothing.
fn output_of(root: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root).output();
    let output = output.ok().filter(|output| output.status.success());
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn known(fact: &str) -> String {
    let fact = fact.trim();
    if fact.is_empty() { "unknown".to_owned() } else { fact.to_owned() }
}
