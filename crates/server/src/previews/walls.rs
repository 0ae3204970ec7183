//! The walls around a process that reads a file of somebody else's: what it may take, open and ask of the system. Raised by the
//! process itself before it looks at the file, and never taken down.
//!
//! | wall | what it holds |
//! |---|---|
//! | `setrlimit` | memory, processor time, no file written, no core dump, few files open |
//! | Landlock, where the kernel has it | no file opened but within one folder, for reading; no connection made or taken |
//! | seccomp, where the kernel has it | no program started, no process made, no socket: whatever readers have no need of |
//!
//! *Why* these crates: each wraps its system calls in safe Rust, and none brings a tree of its own.

use std::path::Path;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, nice, setrlimit};

/// The most memory. Half of it is what a reader should need; the rest is for what the system counts along, such as stacks.
/// *Units*: bytes.
const MEMORY: u64 = 1 << 30;
/// The longest that it may compute, on all processors together. *Units*: seconds.
pub(super) const PROCESSOR_SECONDS: u64 = 60;
/// The most files open at once.
const FILES: u64 = 32;
/// How far behind requests it stands when the processors are busy, 0 to 19.
const NICENESS: i32 = 10;

/// Raises them.
///
/// *Errors*: one of them could not be raised though the system has it: nothing may be read then.
pub(super) fn raise(beside: Option<&Path>) -> anyhow::Result<()> {
    let limits = [
        (Resource::As, MEMORY),
        (Resource::Cpu, PROCESSOR_SECONDS),
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
    #[cfg(target_os = "linux")]
    {
        linux::close_files(beside)?;
        linux::close_calls()?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = beside;
    Ok(())
}

/// What can be done within them, by trying: each should be false where the system has the wall.
pub(super) fn tried() -> serde_json::Value {
    let folder = std::env::temp_dir();
    let written = folder.join(format!("mudlark-walls-{}", std::process::id()));
    serde_json::json!({
        "opens_files": std::fs::File::open("/etc/hostname").is_ok(),
        "lists_folders": std::fs::read_dir("/").is_ok(),
        "writes_files": std::fs::write(&written, "x").is_ok(),
        "connects": std::net::TcpListener::bind(("127.0.0.1", 0)).is_ok(),
        "starts_programs": std::process::Command::new("/bin/true").spawn().is_ok(),
        "takes_two_gib": Vec::<u8>::new().try_reserve_exact(2 << 30).is_ok(),
        "starts_threads": std::thread::spawn(|| ()).join().is_ok(),
    })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::path::Path;

    use anyhow::Context;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
        Scope,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };

    /// The newest rights that are asked to be taken away; an older kernel takes away those it knows.
    const RIGHTS: ABI = ABI::V6;

    pub(super) fn close_files(beside: Option<&Path>) -> anyhow::Result<()> {
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(RIGHTS))
            .and_then(|rules| rules.handle_access(AccessNet::from_all(RIGHTS)))
            .and_then(|rules| rules.scope(Scope::from_all(RIGHTS)))
            .and_then(Ruleset::create)
            .context("closing the file system")?;
        let rules = match beside {
            Some(folder) => {
                let folder = PathFd::new(folder).with_context(|| format!("opening {}", folder.display()))?;
                rules.add_rule(PathBeneath::new(folder, AccessFs::from_read(RIGHTS)))?
            }
            None => rules,
        };
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

    pub(super) fn close_calls() -> anyhow::Result<()> {
        // A processor that the crate does not know is left with the other walls.
        let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else { return Ok(()) };
        let mut allowed: BTreeMap<i64, Vec<SeccompRule>> =
            CALLS.iter().chain(CALLS_OF_THIS_PROCESSOR).map(|call| (*call, Vec::new())).collect();
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
