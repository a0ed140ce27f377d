using System.Runtime.InteropServices;
using BpfPS.Native;

namespace BpfPS.Files;

/// <summary>Links objects with libbpf's own linker, in memory.</summary>
internal static class ObjectLinker
{
    private const uint CloseOnExec = 1; // MFD_CLOEXEC

    /// <summary>Links an object with others, whose strong functions take the place of its weak ones.</summary>
    /// <param name="image">The object.</param>
    /// <param name="others">The others.</param>
    /// <exception cref="BpfException">libbpf refuses; the error says why.</exception>
    public static byte[] Link(byte[] image, IReadOnlyList<byte[]> others)
    {
        using var linked = MemoryFile([]);
        using var first = MemoryFile(image);
        var files = others.Select(MemoryFile).Prepend(first).ToArray();
        var warnings = new LibBpfWarnings(LibBpfMessages.Current);
        using var messages = LibBpfMessages.To(warnings);
        var linker = LibBpf.bpf_linker__new(PathOf(linked), 0);
        try
        {
            Check(linker == 0 ? -Marshal.GetLastPInvokeError() : 0);
            foreach (var file in files)
            {
                Check(LibBpf.bpf_linker__add_file(linker, PathOf(file), 0));
            }
            Check(LibBpf.bpf_linker__finalize(linker));
        }
        finally
        {
            LibBpf.bpf_linker__free(linker);
            Array.ForEach(files, file => file.Dispose());
        }
        return System.IO.File.ReadAllBytes(PathOf(linked));

        void Check(int result)
        {
            if (result < 0)
            {
                throw new BpfException(BpfErrorKind.OperationFailed, $"libbpf cannot link the object: {ErrnoText.Describe(-result)}"
                    + $"{(warnings.Reason is { } reason ? $": {reason}" : "")}.", errno: -result);
            }
        }
    }

    private static string PathOf(FileDescriptor file) => $"/proc/self/fd/{file.Number}";

    // A memory file, since bpf_linker__add_buf is newer than what the module needs of libbpf.
    private static FileDescriptor MemoryFile(byte[] content)
    {
        var fd = Libc.memfd_create("bpfps", CloseOnExec);
        var file = fd >= 0 ? new FileDescriptor(fd)
            : throw Errors.FromErrno(Marshal.GetLastPInvokeError(), "Creating a file in memory");
        using var stream = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: false), FileAccess.Write);
        stream.Write(content);
        return file;
    }
}
