namespace BpfPS.Probes;

/// <summary>
/// The names of the values of system calls' arguments that are used most, and of which no type and no format has them: they are macros of
/// the headers for programs (linux/sched.h, asm-generic/mman.h, linux/socket.h and so on), with the numbers of x86-64 and Arm64.
/// </summary>
internal static class SystemCallFlags
{
    /// <summary>The names of an argument's values.</summary>
    /// <param name="Names">The names with their values.</param>
    /// <param name="AreFlags">Whether they are those of bits that can be set together.</param>
    public sealed record Table(IReadOnlyList<(string Name, ulong Value)> Names, bool AreFlags);

    private static readonly Table s_protection = Flags("PROT_NONE 0 PROT_READ 1 PROT_WRITE 2 PROT_EXEC 4");

    private static readonly Table s_mapping = Flags("MAP_SHARED 1 MAP_PRIVATE 2 MAP_SHARED_VALIDATE 3 MAP_FIXED 10 MAP_ANONYMOUS 20 "
        + "MAP_GROWSDOWN 100 MAP_DENYWRITE 800 MAP_EXECUTABLE 1000 MAP_LOCKED 2000 MAP_NORESERVE 4000 MAP_POPULATE 8000 "
        + "MAP_NONBLOCK 10000 MAP_STACK 20000 MAP_HUGETLB 40000 MAP_SYNC 80000 MAP_FIXED_NOREPLACE 100000");

    // The lowest eight bits are the signal that the parent gets.
    private static readonly Table s_clone = Flags("SIGCHLD 11 CLONE_VM 100 CLONE_FS 200 CLONE_FILES 400 CLONE_SIGHAND 800 "
        + "CLONE_PIDFD 1000 CLONE_PTRACE 2000 CLONE_VFORK 4000 CLONE_PARENT 8000 CLONE_THREAD 10000 CLONE_NEWNS 20000 "
        + "CLONE_SYSVSEM 40000 CLONE_SETTLS 80000 CLONE_PARENT_SETTID 100000 CLONE_CHILD_CLEARTID 200000 CLONE_DETACHED 400000 "
        + "CLONE_UNTRACED 800000 CLONE_CHILD_SETTID 1000000 CLONE_NEWCGROUP 2000000 CLONE_NEWUTS 4000000 CLONE_NEWIPC 8000000 "
        + "CLONE_NEWUSER 10000000 CLONE_NEWPID 20000000 CLONE_NEWNET 40000000 CLONE_IO 80000000");

    private static readonly Table s_signal = Values("SIGHUP 1 SIGINT 2 SIGQUIT 3 SIGILL 4 SIGTRAP 5 SIGABRT 6 SIGBUS 7 SIGFPE 8 SIGKILL 9 "
        + "SIGUSR1 a SIGSEGV b SIGUSR2 c SIGPIPE d SIGALRM e SIGTERM f SIGSTKFLT 10 SIGCHLD 11 SIGCONT 12 SIGSTOP 13 SIGTSTP 14 "
        + "SIGTTIN 15 SIGTTOU 16 SIGURG 17 SIGXCPU 18 SIGXFSZ 19 SIGVTALRM 1a SIGPROF 1b SIGWINCH 1c SIGIO 1d SIGPWR 1e SIGSYS 1f");

    private static readonly Table s_family = Values("AF_UNSPEC 0 AF_UNIX 1 AF_INET 2 AF_INET6 a AF_NETLINK 10 AF_PACKET 11 AF_ALG 26 "
        + "AF_VSOCK 28 AF_XDP 2c");

    private static readonly Table s_where = Values("SEEK_SET 0 SEEK_CUR 1 SEEK_END 2 SEEK_DATA 3 SEEK_HOLE 4");

    private static readonly Table s_advice = Values("MADV_NORMAL 0 MADV_RANDOM 1 MADV_SEQUENTIAL 2 MADV_WILLNEED 3 MADV_DONTNEED 4 "
        + "MADV_FREE 8 MADV_REMOVE 9 MADV_DONTFORK a MADV_DOFORK b MADV_MERGEABLE c MADV_UNMERGEABLE d MADV_HUGEPAGE e "
        + "MADV_NOHUGEPAGE f MADV_DONTDUMP 10 MADV_DODUMP 11 MADV_WIPEONFORK 12 MADV_KEEPONFORK 13 MADV_COLD 14 MADV_PAGEOUT 15 "
        + "MADV_POPULATE_READ 16 MADV_POPULATE_WRITE 17 MADV_DONTNEED_LOCKED 18 MADV_COLLAPSE 19");

    private static readonly Table s_clock = Values("CLOCK_REALTIME 0 CLOCK_MONOTONIC 1 CLOCK_PROCESS_CPUTIME_ID 2 "
        + "CLOCK_THREAD_CPUTIME_ID 3 CLOCK_MONOTONIC_RAW 4 CLOCK_REALTIME_COARSE 5 CLOCK_MONOTONIC_COARSE 6 CLOCK_BOOTTIME 7 "
        + "CLOCK_REALTIME_ALARM 8 CLOCK_BOOTTIME_ALARM 9 CLOCK_TAI b");

    private static readonly Table s_access = Flags("F_OK 0 X_OK 1 W_OK 2 R_OK 4");

    private static readonly Table s_at = Flags("AT_SYMLINK_NOFOLLOW 100 AT_SYMLINK_FOLLOW 400 AT_NO_AUTOMOUNT 800 AT_EMPTY_PATH 1000 "
        + "AT_STATX_FORCE_SYNC 2000 AT_STATX_DONT_SYNC 4000");

    private static readonly Dictionary<string, Table> s_known = new(StringComparer.Ordinal)
    {
        ["mmap.prot"] = s_protection, ["mprotect.prot"] = s_protection, ["pkey_mprotect.prot"] = s_protection, ["mmap.flags"] = s_mapping,
        ["clone.clone_flags"] = s_clone, ["unshare.unshare_flags"] = s_clone, ["setns.flags"] = s_clone,
        ["kill.sig"] = s_signal, ["tkill.sig"] = s_signal, ["tgkill.sig"] = s_signal, ["rt_sigaction.sig"] = s_signal,
        ["rt_sigqueueinfo.sig"] = s_signal, ["pidfd_send_signal.sig"] = s_signal,
        ["socket.family"] = s_family, ["socketpair.family"] = s_family,
        ["lseek.whence"] = s_where, ["madvise.behavior"] = s_advice, ["process_madvise.behavior"] = s_advice,
        ["clock_nanosleep.which_clock"] = s_clock, ["clock_gettime.which_clock"] = s_clock, ["clock_settime.which_clock"] = s_clock,
        ["clock_getres.which_clock"] = s_clock, ["timer_create.which_clock"] = s_clock, ["timerfd_create.clockid"] = s_clock,
        ["access.mode"] = s_access, ["faccessat.mode"] = s_access, ["faccessat2.mode"] = s_access,
        ["newfstatat.flag"] = s_at, ["statx.flags"] = s_at, ["execveat.flags"] = s_at, ["fchownat.flag"] = s_at, ["linkat.flags"] = s_at,
        ["unlinkat.flag"] = Flags("AT_REMOVEDIR 200"),
        ["renameat2.flags"] = Flags("RENAME_NOREPLACE 1 RENAME_EXCHANGE 2 RENAME_WHITEOUT 4"),
        ["getrandom.flags"] = Flags("GRND_NONBLOCK 1 GRND_RANDOM 2 GRND_INSECURE 4"),
        ["wait4.options"] = Flags("WNOHANG 1 WUNTRACED 2 WCONTINUED 8 __WNOTHREAD 20000000 __WALL 40000000 __WCLONE 80000000"),
        ["flock.cmd"] = Flags("LOCK_SH 1 LOCK_EX 2 LOCK_NB 4 LOCK_UN 8"),
        ["epoll_ctl.op"] = Values("EPOLL_CTL_ADD 1 EPOLL_CTL_DEL 2 EPOLL_CTL_MOD 3"),
        ["shutdown.how"] = Values("SHUT_RD 0 SHUT_WR 1 SHUT_RDWR 2"),
        ["pipe2.flags"] = Flags("O_EXCL 80 O_NONBLOCK 800 O_CLOEXEC 80000"), ["dup3.flags"] = Flags("O_CLOEXEC 80000"),
        ["rt_sigprocmask.how"] = Values("SIG_BLOCK 0 SIG_UNBLOCK 1 SIG_SETMASK 2"),
    };

    /// <summary>The names of an argument's values; null if none are known.</summary>
    /// <param name="systemCall">The system call, as tracefs names it.</param>
    /// <param name="argument">The argument.</param>
    public static Table? Of(string systemCall, string argument) => s_known.GetValueOrDefault($"{systemCall}.{argument}");

    private static Table Flags(string text) => new(Parse(text), AreFlags: true);

    private static Table Values(string text) => new(Parse(text), AreFlags: false);

    /// <summary>Names and numbers, which are hexadecimal, in turns.</summary>
    private static (string, ulong)[] Parse(string text) =>
        [.. text.Split(' ').Chunk(2).Select(pair => (pair[0], Convert.ToUInt64(pair[1], 16)))];
}
