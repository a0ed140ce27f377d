using System.Buffers.Binary;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>The object file's place. It is checked before the compiler runs, and written completely or not at all.</summary>
internal static class ObjectDestination
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int TypeMask = 0xf000, RegularFile = 0x8000; // S_IFMT, S_IFREG

    /// <summary>Returns the file to write; in a directory, it is named after the source and ends in .bpf.o.</summary>
    /// <exception cref="BpfException">The file cannot be written, or an existing file is not an object file.</exception>
    public static string Resolve(string destination, string source, bool force)
    {
        var path = Path.GetFullPath(destination);
        if (Directory.Exists(path))
        {
            path = Path.Combine(path, FileName(source));
        }
        else if (destination.EndsWith('/') || !Directory.Exists(Path.GetDirectoryName(path)))
        {
            var missing = destination.EndsWith('/') ? path : Path.GetDirectoryName(path)!;
            throw new BpfException(BpfErrorKind.NotFound, $"Directory '{VisibleText.Escape(missing)}' does not exist.",
                BpfRemedy.With($"Create it first, or specify another {BpfOption.Destination}."), (int)BpfErrno.ENOENT);
        }
        if (Directory.Exists(path) || (File.Exists(path) && (!IsRegular(path) || SameFile(path, source))))
        {
            var what = Directory.Exists(path) ? "a directory" : IsRegular(path) ? "the source" : "not a regular file";
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Cannot replace '{VisibleText.Escape(path)}', because it is {what}.",
                    BpfRemedy.With($"Specify another {BpfOption.Destination}."));
        }
        if (!force && File.Exists(path) && !IsObject(path))
        {
            throw new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' already exists and is not a BPF object file.",
                BpfRemedy.With($"Specify another {BpfOption.Destination}, or replace the file with {BpfOption.Force}."));
        }
        return path;
    }

    /// <summary>Writes the object to the destination.</summary>
    /// <exception cref="BpfException">The file cannot be written.</exception>
    public static void Write(byte[] content, string path)
    {
        try
        {
            CompleteFile.Write(path, Readable, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(e is UnauthorizedAccessException ? BpfErrorKind.PermissionDenied : BpfErrorKind.OperationFailed,
                $"Cannot write '{VisibleText.Escape(path)}': {VisibleText.Escape(e.Message)}",
                    BpfRemedy.With($"Specify another {BpfOption.Destination}."), inner: e);
        }
    }

    /// <summary>The name of a source's object file.</summary>
    public static string FileName(string source) => $"{ObjectFile.NameOf(source)}.bpf.o";

    /// <summary>Whether the path is a regular file, and not a pipe or an endless device.</summary>
    public static bool IsRegular(string path) => (FileOwner.StatusOf(path).Mode & TypeMask) == RegularFile;

    private static bool SameFile(string path, string source) =>
        Path.GetFullPath(path) == source || File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName == source;

    private static bool IsObject(string path)
    {
        const int MachineOffset = 18, MachineBpf = 247; // e_machine, EM_BPF
        Span<byte> header = stackalloc byte[MachineOffset + sizeof(ushort)];
        using var file = Open(path);
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header.StartsWith("\u007fELF"u8)
            && (BinaryPrimitives.ReadUInt16LittleEndian(header[MachineOffset..]) == MachineBpf
                || BinaryPrimitives.ReadUInt16BigEndian(header[MachineOffset..]) == MachineBpf);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(BpfErrorKind.AlreadyExists,
                $"'{VisibleText.Escape(path)}' already exists, but cannot be read: {VisibleText.Escape(e.Message)}",
                BpfRemedy.With($"Specify another {BpfOption.Destination}."), inner: e);
        }
    }
}
