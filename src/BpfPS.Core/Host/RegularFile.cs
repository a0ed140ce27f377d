using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Host;

/// <summary>
/// Opens files that a user names. What is not a file (a FIFO, a device, a socket, a directory) is refused at once: opening a FIFO
/// waits for a writer, and a device may never end. The check and the reading are of the same file, whatever its name leads to
/// meanwhile.
/// </summary>
internal static class RegularFile
{
    private const int TypeMask = 0xf000, Regular = 0x8000; // S_IFMT, S_IFREG

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The path.</param>
    /// <param name="remedy">What to do when it is not there or is not such a file; may be null.</param>
    /// <exception cref="BpfException">There is no such file, it is no regular file, or this user may not read it.</exception>
    public static FileStream OpenRead(string path, BpfRemedy? remedy)
    {
        var name = $"'{VisibleText.Escape(path)}'";
        if (path.Contains('\0'))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "A path cannot contain a NUL character.", remedy);
        }
        if (DwflFiles.OpenRegular(null, path, out var status, out var errno) is { } file)
        {
            return new FileStream(file, FileAccess.Read, bufferSize: 1 << 16);
        }
        throw (BpfErrno)errno switch
        {
            BpfErrno.ENOENT or BpfErrno.ENOTDIR =>
                new BpfException(BpfErrorKind.NotFound, $"The file {name} does not exist.", remedy, errno),
            BpfErrno.EINVAL when KindOf(status) is { } kind =>
                new BpfException(BpfErrorKind.InvalidArgument, $"{name} is not a regular file: it is {kind}.", remedy, errno),
            BpfErrno.EACCES or BpfErrno.EPERM => FileAccessRights.Error(errno, $"Cannot read {name}", path, FileUse.Read,
                "Use a user who may read the file and enter its directories, or change their modes."),
            _ => new BpfException(BpfErrorKind.OperationFailed, $"Cannot read {name}: {ErrnoText.Describe(errno)}.", remedy, errno),
        };
    }

    /// <summary>Reads a file to its end, as it is when the reading comes there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="largest">The largest size in bytes that is read; a larger file is an error.</param>
    /// <param name="remedy">What to do when it is not there or is not such a file; may be null.</param>
    /// <exception cref="BpfException">It cannot be read, or is too large.</exception>
    public static byte[] ReadAll(string path, int largest, BpfRemedy? remedy)
    {
        using var stream = OpenRead(path, remedy);
        try
        {
            using var bytes = new MemoryStream((int)Math.Min(stream.Length, largest));
            var part = new byte[1 << 16];
            for (int count; (count = stream.Read(part)) > 0;)
            {
                if (bytes.Length + count > largest)
                {
                    throw new BpfException(BpfErrorKind.InvalidData, string.Create(CultureInfo.InvariantCulture,
                        $"'{VisibleText.Escape(path)}' is larger than {largest >> 20} MiB."), remedy);
                }
                bytes.Write(part, 0, count);
            }
            return bytes.ToArray();
        }
        catch (IOException e)
        {
            throw new BpfException(BpfErrorKind.OperationFailed,
                $"Cannot read '{VisibleText.Escape(path)}': {VisibleText.Escape(e.Message)}", remedy, inner: e);
        }
    }

    /// <summary>Fails if a path leads to something that is there and is no regular file, so that it is not replaced by one.</summary>
    /// <param name="path">The path of a file that will be written.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <exception cref="BpfException">It is a directory, FIFO, device or socket.</exception>
    public static void RequireReplaceable(string path, BpfRemedy? remedy)
    {
        if (KindOf(FileOwner.StatusOf(path)) is { } kind)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Cannot replace '{VisibleText.Escape(path)}', because it is not a regular file: it is {kind}.", remedy);
        }
    }

    /// <summary>What something is that is no regular file, in words; null if it is one, or is not there.</summary>
    private static string? KindOf(FileStatus status) => (status.Mode & TypeMask) switch
    {
        0 or Regular => null,
        0x1000 => "a FIFO",
        0x2000 or 0x6000 => "a device",
        0x4000 => "a directory",
        0xc000 => "a socket",
        _ => "something else",
    };
}
