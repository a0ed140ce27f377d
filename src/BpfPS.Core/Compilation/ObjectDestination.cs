using System.Buffers.Binary;
using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>Where a user wants an object file: checked before the compiler runs, written whole or not at all.</summary>
internal static class ObjectDestination
{
    private const int TypeMask = 0xf000, RegularFile = 0x8000; // S_IFMT, S_IFREG

    /// <summary>The file that is meant: in a directory, the source's name with the ending .bpf.o.</summary>
    /// <exception cref="BpfException">Nothing can be written there, or what is there is no object file.</exception>
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
            throw new BpfException(BpfErrorKind.NotFound, $"There is no directory '{VisibleText.Escape(missing)}'.",
                "Make it first, or give another -Destination.", (int)BpfErrno.ENOENT);
        }
        if (Directory.Exists(path) || (File.Exists(path) && (!IsRegular(path) || SameFile(path, source))))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' is {(Directory.Exists(path) ? "a directory" : IsRegular(path) ? "the source" : "no regular file")}, and is not replaced.", "Give another -Destination.");
        }
        if (!force && File.Exists(path) && !IsObject(path))
        {
            throw new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' exists already and is no BPF object file.",
                "Give another -Destination, or replace it with -Force.");
        }
        return path;
    }

    /// <summary>Writes the object there.</summary>
    /// <exception cref="BpfException">It cannot be written.</exception>
    public static void Write(string objectFile, string path)
    {
        var unfinished = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.tmp");
        try
        {
            File.Copy(objectFile, unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(e is UnauthorizedAccessException ? BpfErrorKind.PermissionDenied : BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(path)}' cannot be written: {VisibleText.Escape(e.Message)}", "Give another -Destination.", inner: e);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>What the object file of a source is called.</summary>
    public static string FileName(string source) => $"{ObjectFile.NameOf(source)}.bpf.o";

    /// <summary>Whether it is a file with contents, and not a pipe or a device that never ends.</summary>
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
                $"'{VisibleText.Escape(path)}' exists already, and cannot be read: {VisibleText.Escape(e.Message)}",
                "Give another -Destination.", inner: e);
        }
    }
}
