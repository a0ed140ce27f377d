namespace BpfPS.Probes;

/// <summary>
/// What the addresses among the arguments of system calls point to where their types do not say: "char *" is text in most, bytes with a
/// length in some, and room that the call fills in others. From the manual pages of the calls.
/// </summary>
internal static class SystemCallBuffers
{
    /// <summary>What an argument points to.</summary>
    /// <param name="Kind">Text, bytes, a socket address, or just an address.</param>
    /// <param name="Length">The argument with its length; null if it ends by itself.</param>
    /// <param name="IsFilled">Whether the call fills it.</param>
    public sealed record Buffer(ArgumentKind Kind, string? Length, bool IsFilled);

    private static readonly Buffer s_address = new(ArgumentKind.Address, null, false);

    private static readonly Dictionary<string, Buffer> s_known = new(StringComparer.Ordinal)
    {
        // What the process gives.
        ["write.buf"] = Given("count"), ["pwrite64.buf"] = Given("count"), ["sendto.buff"] = Given("len"),
        ["mq_timedsend.u_msg_ptr"] = Given("msg_len"), ["add_key._payload"] = Given("plen"), ["setsockopt.optval"] = Given("optlen"),
        ["setxattr.value"] = Given("size"), ["lsetxattr.value"] = Given("size"), ["fsetxattr.value"] = Given("size"),
        ["io_uring_enter.argp"] = Given("argsz"), ["init_module.umod"] = Given("len"), ["kexec_load.segments"] = s_address,
        ["sethostname.name"] = Given("len"), ["setdomainname.name"] = Given("len"),
        // What the call fills.
        ["read.buf"] = Filled("count"), ["pread64.buf"] = Filled("count"), ["recvfrom.ubuf"] = Filled("size"),
        ["mq_timedreceive.u_msg_ptr"] = Filled("msg_len"), ["getrandom.ubuf"] = Filled("len"), ["getsockopt.optval"] = Filled("optlen"),
        ["getxattr.value"] = Filled("size"), ["lgetxattr.value"] = Filled("size"), ["fgetxattr.value"] = Filled("size"),
        ["listxattr.list"] = Filled("size"), ["llistxattr.list"] = Filled("size"), ["flistxattr.list"] = Filled("size"),
        ["listxattrat.list"] = Filled("size"), ["readlink.buf"] = Filled("bufsiz"), ["readlinkat.buf"] = Filled("bufsiz"),
        ["syslog.buf"] = Filled("len"), ["lookup_dcookie.buf"] = Filled("len"),
        ["getcwd.buf"] = new(ArgumentKind.UserText, "size", true),
        ["mincore.vec"] = new(ArgumentKind.Address, null, true),
        // Socket addresses.
        ["bind.umyaddr"] = new(ArgumentKind.UserSocketAddress, "addrlen", false),
        ["connect.uservaddr"] = new(ArgumentKind.UserSocketAddress, "addrlen", false),
        ["sendto.addr"] = new(ArgumentKind.UserSocketAddress, "addr_len", false),
        ["accept.upeer_sockaddr"] = new(ArgumentKind.UserSocketAddress, "upeer_addrlen", true),
        ["accept4.upeer_sockaddr"] = new(ArgumentKind.UserSocketAddress, "upeer_addrlen", true),
        ["getpeername.usockaddr"] = new(ArgumentKind.UserSocketAddress, "usockaddr_len", true),
        ["getsockname.usockaddr"] = new(ArgumentKind.UserSocketAddress, "usockaddr_len", true),
        ["recvfrom.addr"] = new(ArgumentKind.UserSocketAddress, "addr_len", true),
        // Places in memory, which are not read.
        ["shmat.shmaddr"] = s_address, ["shmdt.shmaddr"] = s_address,
    };

    /// <summary>What an argument points to; null if only its type says.</summary>
    /// <param name="systemCall">The system call, as tracefs names it.</param>
    /// <param name="argument">The argument.</param>
    public static Buffer? Of(string systemCall, string argument) => s_known.GetValueOrDefault($"{systemCall}.{argument}");

    private static Buffer Given(string length) => new(ArgumentKind.UserBytes, length, false);

    private static Buffer Filled(string length) => new(ArgumentKind.UserBytes, length, true);
}
