//! The walls around a process that reads a file of somebody else's: what it may take, open and ask of the system. Raised by the
//! process itself before it looks at the file, and never taken down, also not by a program that it becomes.
//!
//! | wall | what it holds |
//! |---|---|
//! | `setrlimit` | memory, processor time, no file written, no core dump, few files open |
//! | Landlock, where the kernel has it | no file opened but within one folder, for reading; no connection made or taken |
//! | seccomp, where the kernel has it | no program started, no process made, no socket: whatever readers have no need of |
//!
//! Within the walls of [`raise_for_program`] one program may be started, in the process's own place, and it may read its libraries
//! and the file.
//!
//! *Why* these crates: each wraps its system calls in safe Rust, and none brings a tree of its own.

use std::os::unix::process::CommandExt;
use std::path::Path;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, nice, setrlimit};

/// The most memory. Half of it is what a reader should need; the rest is for what the system counts along, such as stacks.
/// *Units*: bytes.
const MEMORY: u64 = 1 << 30;
/// The longest that it usually may compute, on all processors together. *Units*: seconds.
pub(crate) const PROCESSOR_SECONDS: u64 = 60;
/// The most files open at once.
const FILES: u64 = 32;
/// How far behind requests it stands when the processors are busy, 0 to 19: so far that they hardly feel it.
const NICENESS: i32 = 19;

/// The most memory of a program of others, which counts what it might take. *Units*: bytes.
const PROGRAM_MEMORY: u64 = 4 << 30;

/// Raises them around this program's own readers.
///
/// *Errors*: one of them could not be raised though the system has it: nothing may be read then.
pub(super) fn raise(beside: Option<&Path>, processor_seconds: u64) -> anyhow::Result<()> {
    limit(MEMORY, processor_seconds)?;
    #[cfg(target_os = "linux")]
    {
        linux::close_files(&linux::read_within(beside))?;
        linux::close_calls(&[])?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = beside;
    Ok(())
}

/// Raises them around a program that this process is about to become, with the file as its standard input.
///
/// *Errors*: as [`raise`].
pub(super) fn raise_for_program(program: &Path, processor_seconds: u64) -> anyhow::Result<()> {
    limit(PROGRAM_MEMORY, processor_seconds)?;
    #[cfg(target_os = "linux")]
    {
        linux::close_files(&linux::needed_by(program))?;
        linux::close_calls(linux::CALLS_OF_PROGRAMS)?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = program;
    Ok(())
}

fn limit(memory: u64, processor_seconds: u64) -> anyhow::Result<()> {
    let limits = [
        (Resource::As, memory),
        (Resource::Cpu, processor_seconds),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, FILES),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .with_context(|| format!("limiting {resource:?}"))?;
    }
    // Without it the process is as important as requests; no harm beyond that.
    let _ = nice(NICENESS);
    Ok(())
}

/// What can be done within them, by trying: each should be false where the system has the wall, but that threads are started. Who could
/// become another program here would answer nothing.
pub(super) fn tried() -> serde_json::Value {
    let _ = std::process::Command::new("/usr/bin/env").exec();
    let memory = usize::try_from(PROGRAM_MEMORY).unwrap_or(usize::MAX);
    let folder = std::env::temp_dir();
    let written = folder.join(format!("mudlark-walls-{}", std::process::id()));
    serde_json::json!({
        "opens_files": std::fs::File::open("/etc/hostname").is_ok(),
        "lists_folders": std::fs::read_dir("/").is_ok(),
        "writes_files": std::fs::write(&written, "x").is_ok(),
        "connects": std::net::TcpListener::bind(("127.0.0.1", 0)).is_ok(),
        "starts_programs": std::process::Command::new("/bin/true").spawn().is_ok(),
        "takes_four_gib": Vec::<u8>::new().try_reserve_exact(memory).is_ok(),
        "starts_threads": std::thread::spawn(|| ()).join().is_ok(),
    })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use anyhow::Context;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, Scope,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    /// The newest rights that are asked to be taken away; an older kernel takes away those it knows.
    const RIGHTS: ABI = ABI::V6;

    /// What may be done to all that lies at or below a path.
    pub(super) type Allowed = (PathBuf, BitFlags<AccessFs>);

    pub(super) fn read_within(folder: Option<&Path>) -> Vec<Allowed> {
        folder.map(|folder| (folder.to_path_buf(), AccessFs::from_read(RIGHTS))).into_iter().collect()
    }

    /// Where programs of others find their libraries and fonts.
    const LIBRARIES: [&str; 7] =
        ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/var/cache/fontconfig", "/dev/urandom"];
    /// What loads a program before it runs.
    const LOADERS: [&str; 3] =
        ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1"];

    /// What a program needs: to be read and run, its libraries, and the file that is open as its standard input.
    pub(super) fn needed_by(program: &Path) -> Vec<Allowed> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let run = AccessFs::Execute | AccessFs::ReadFile;
        let there = |paths: &[&str], rights| {
            let paths = paths.iter().map(PathBuf::from).filter(|path| path.exists());
            paths.map(move |path| (path, rights)).collect::<Vec<_>>()
        };
        let own =
            [(program.to_path_buf(), run), (PathBuf::from("/proc/self/fd/0"), AccessFs::ReadFile.into())];
        [there(&LIBRARIES, read), there(&LOADERS, run), own.to_vec()].concat()
    }

    pub(super) fn close_files(allowed: &[Allowed]) -> anyhow::Result<()> {
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(RIGHTS))
            .and_then(|rules| rules.handle_access(AccessNet::from_all(RIGHTS)))
            .and_then(|rules| rules.scope(Scope::from_all(RIGHTS)))
            .and_then(Ruleset::create)
            .context("closing the file system")?;
        let mut rules = rules;
        for (path, rights) in allowed {
            let opened = PathFd::new(path).with_context(|| format!("opening {}", path.display()))?;
            // To list is of folders alone.
            let rights = if path.is_dir() { *rights } else { *rights & AccessFs::from_file(RIGHTS) };
            rules = rules.add_rule(PathBeneath::new(opened, rights))?;
        }
        rules.restrict_self().context("closing the file system")?;
        Ok(())
    }

    /// What readers, the allocator and threads ask of the system. Whatever else is asked for is answered as not permitted.
    const CALLS: &[libc::c_long] = &[
        // Files that are open, and those that Landlock lets be opened.
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_pread64,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_openat,
        libc::SYS_close,
        libc::SYS_fcntl,
        libc::SYS_getdents64,
        libc::SYS_readlinkat,
        // Memory.
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        // Threads. `clone` is below.
        libc::SYS_futex,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_membarrier,
        libc::SYS_prlimit64,
        // Signals, to end by one.
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_restart_syscall,
        // Time and chance.
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_getrandom,
        libc::SYS_uname,
    ];

    #[cfg(target_arch = "x86_64")]
    const CALLS_OF_THIS_PROCESSOR: &[libc::c_long] = &[
        libc::SYS_open,
        libc::SYS_stat,
        libc::SYS_lstat,
        libc::SYS_readlink,
        libc::SYS_poll,
        libc::SYS_arch_prctl,
    ];
    #[cfg(not(target_arch = "x86_64"))]
    const CALLS_OF_THIS_PROCESSOR: &[libc::c_long] = &[];

    /// What ffmpeg and the programs of Poppler ask for beyond that, as traced; no process, no socket.
    pub(super) const CALLS_OF_PROGRAMS: &[libc::c_long] = &[
        libc::SYS_execve,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_fadvise64,
        libc::SYS_fstatfs,
        libc::SYS_get_mempolicy,
        libc::SYS_getcwd,
        libc::SYS_getegid,
        libc::SYS_geteuid,
        libc::SYS_getgid,
        libc::SYS_getrusage,
        libc::SYS_getuid,
        libc::SYS_ioctl,
        libc::SYS_mlock,
        libc::SYS_ppoll,
        libc::SYS_prctl,
        libc::SYS_set_mempolicy,
        libc::SYS_set_tid_address,
        libc::SYS_statfs,
        libc::SYS_sysinfo,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_access,
    ];

    pub(super) fn close_calls(further: &[libc::c_long]) -> anyhow::Result<()> {
        // A processor that the crate does not know is left with the other walls.
        let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else { return Ok(()) };
        let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = CALLS
            .iter()
            .chain(CALLS_OF_THIS_PROCESSOR)
            .chain(further)
            .map(|call| (*call, Vec::new()))
            .collect();
        let flag = libc::CLONE_THREAD as u64;
        let is_thread =
            SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)?;
        allowed.insert(libc::SYS_clone, vec![SeccompRule::new(vec![is_thread])?]);
        allowed.insert(libc::SYS_clone3, Vec::new());
        // Its flags lie in memory, where no filter sees them. Answered as not there, the C library falls back on `clone`. First:
        // behind the other filter none can be applied.
        let not_there = SeccompAction::Errno(libc::ENOSYS as u32);
        apply(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), SeccompAction::Allow, not_there, arch)?;
        let not_permitted = SeccompAction::Errno(libc::EPERM as u32);
        apply(allowed, not_permitted, SeccompAction::Allow, arch)
    }

    fn apply(
        calls: BTreeMap<i64, Vec<SeccompRule>>,
        otherwise: SeccompAction,
        these: SeccompAction,
        arch: TargetArch,
    ) -> anyhow::Result<()> {
        let filter = SeccompFilter::new(calls, otherwise, these, arch)?;
        let program: BpfProgram = filter.try_into()?;
        match seccompiler::apply_filter(&program) {
            Ok(()) => Ok(()),
            // A kernel without it: the other walls stand.
            Err(seccompiler::Error::Seccomp(error) | seccompiler::Error::Prctl(error))
                if error.raw_os_error() == Some(libc::ENOSYS)
                    || error.raw_os_error() == Some(libc::EINVAL) =>
            {
                Ok(())
            }
            Err(error) => Err(error).context("closing the system's calls"),
        }
    }
}
