using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Functions of the C library that .NET does not offer.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    internal const int ProtectionRead = 1;
    internal const int ProtectionWrite = 2;
    internal const int MapShared = 1;
    internal const int MapPrivate = 2;
    internal const int MapFixed = 0x10;
    internal const int MapAnonymous = 0x20;
    internal const short PollIn = 1;
    internal const int PriorityOfOne = 0; // PRIO_PROCESS, which is a thread; 0 is the calling one
    internal const int ClockRealtime = 0;
    internal const int ClockBoottime = 7;
    internal const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    internal const int OpenReadOnly = 0;
    internal const int OpenWriteOnly = 1;
    internal const int OpenAccessMask = 3;
    internal const int OpenNonBlocking = 0x800; // O_NONBLOCK: a FIFO would wait for a writer
    internal const int OpenPath = 0x200000; // O_PATH
    internal const int OpenCloseOnExec = 0x80000;
    internal const int PidfdOpen = 434; // the same number on every architecture
    internal const uint PidfdThread = 0x80; // PIDFD_THREAD
    internal const int PidfdGetfd = 438;
    internal static readonly int PerfEventOpen = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 298 : 241;
    internal const int NetworkNamespaceType = 0x40000000; // CLONE_NEWNET
    internal const int InterfaceNameRoom = 16; // IF_NAMESIZE
    internal const long BpfFileSystemMagic = 0xcafe4a11;
    internal const long TraceFileSystemMagic = 0x74726163;
    internal const long DebugFileSystemMagic = 0x64626720;

    [LibraryImport(Library)] internal static partial int close(int fd);
    [LibraryImport(Library, SetLastError = true)] internal static partial int kill(int process, int signal);
    [LibraryImport(Library, SetLastError = true)] internal static partial int fcntl(int fd, int command, int argument);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mkdir(string path, uint mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int chmod(string path, uint mode);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int chown(string path, uint user, uint group);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int unlink(string path);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int rename(string from, string to);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int rmdir(string path);
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, nint offset);
    [LibraryImport(Library)] internal static partial int munmap(nint address, nuint length);
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);
    [LibraryImport(Library, SetLastError = true)] internal static partial int eventfd(uint initial, int flags);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int memfd_create(string name, uint flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint read(FileDescriptor fd, void* data, nuint count);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint read(int fd, void* data, nuint count);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setpriority(int which, uint who, int priority);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint write(int fd, void* data, nuint count);
    [LibraryImport(Library)] internal static partial int clock_gettime(int clock, TimeSpecification* time);
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, PerfEventAttributes* attributes, int pid, int cpu, int groupFd, nuint flags);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mount(string source, string target, string type, nuint flags, nint data);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int statfs(string path, FileSystemStatus* status);
    [LibraryImport(Library)] internal static partial int vsnprintf(byte* buffer, nuint size, nint format, nint arguments);
    [LibraryImport(Library)] internal static partial uint geteuid();
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(FileDescriptor socket, int level, int option, void* value, uint length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int open(string path, int flags);
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint bpf(nint number, int command, void* attributes, uint size);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setns(int fd, int type);
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint pidfd_open(nint number, int pid, uint flags);
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint pidfd_getfd(nint number, int pidfd, int targetFd, uint flags);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial uint if_nametoindex(string name);
    [LibraryImport(Library)] internal static partial nint if_indextoname(uint index, byte* name);
}
