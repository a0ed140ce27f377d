using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Host;

/// <summary>
/// Writes files that appear complete or not at all, whenever the process is killed. Until then a file has no name, so that nothing
/// stays of it; or, where the file system cannot do that and for the moment in which an existing file is replaced, a name that the next
/// writer in the same directory recognises as left over, because nobody holds its lock.
/// </summary>
internal static class CompleteFile
{
    private const string Beginning = ".bpfps-", End = ".part";

    /// <summary>Writes a file; an existing one is replaced.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Its permissions, before those that the umask takes away.</param>
    /// <param name="write">Writes the content; false if the file is not to appear after all.</param>
    /// <returns>What <paramref name="write"/> returned.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static bool Write(string path, UnixFileMode mode, Func<Stream, bool> write)
    {
        if (path.Contains('\0'))
        {
            throw new IOException("A path cannot contain a NUL character.");
        }
        var directory = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        ClearStale(directory);
        string? part = null;
        try
        {
            using var file = new FileStream(Create(directory, mode, out part), FileAccess.Write, bufferSize: 1 << 16);
            if (!write(file))
            {
                return false;
            }
            file.Flush();
            if (part is null)
            {
                var result = DirectoryCalls.Name(file.SafeFileHandle, path);
                if (result >= 0)
                {
                    return true;
                }
                if (result != -(int)BpfErrno.EEXIST)
                {
                    throw Refused(-result);
                }
                // A file that is there can only be replaced by one that has a name.
                part = NewName(directory);
                result = DirectoryCalls.Name(file.SafeFileHandle, part);
                if (result < 0)
                {
                    throw Refused(-result);
                }
            }
            File.Move(part, path, overwrite: true);
            return true;
        }
        finally
        {
            if (part is not null)
            {
                File.Delete(part); // a file that was moved is no longer there
            }
        }
    }

    /// <summary>Writes a file with this content; an existing one is replaced.</summary>
    /// <inheritdoc cref="Write(string, UnixFileMode, Func{Stream, bool})"/>
    public static void Write(string path, UnixFileMode mode, byte[] content) => Write(path, mode, file =>
    {
        file.Write(content);
        return true;
    });

    private static SafeFileHandle Create(string directory, UnixFileMode mode, out string? part)
    {
        part = null;
        var result = DirectoryCalls.CreateUnnamed(directory, (uint)mode);
        if (result >= 0)
        {
            var unnamed = new SafeFileHandle(result, ownsHandle: true);
            DirectoryCalls.Lock(unnamed, shared: false, wait: false);
            return unnamed;
        }
        if (-result is (int)BpfErrno.EACCES or (int)BpfErrno.EPERM or (int)BpfErrno.ENOENT or (int)BpfErrno.ENOTDIR)
        {
            throw Refused(-result);
        }
        while (true)
        {
            part = NewName(directory);
            result = DirectoryCalls.CreateNew(part, (uint)mode);
            if (result < 0)
            {
                throw Refused(-result);
            }
            var file = new SafeFileHandle(result, ownsHandle: true);
            // Somebody who clears what is left over may have come between the two. A file system without locks has nobody who clears.
            DirectoryCalls.Lock(file, shared: false, wait: false);
            if (DirectoryCalls.StatusOf(file).Links > 0)
            {
                return file;
            }
            file.Dispose();
        }
    }

    private static string NewName(string directory) => Path.Combine(directory, $"{Beginning}{Guid.NewGuid():N}{End}");

    /// <summary>Removes what processes have left in a directory that were killed.</summary>
    private static void ClearStale(string directory)
    {
        string[] left;
        try
        {
            left = Directory.GetFiles(directory, $"{Beginning}*{End}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return; // where names cannot be read, a file can still be written
        }
        foreach (var part in left)
        {
            var result = DirectoryCalls.OpenToLock(part);
            if (result < 0)
            {
                continue; // gone meanwhile, or another user's
            }
            using var file = new FileDescriptor(result);
            if (DirectoryCalls.Lock(file, shared: false, wait: false))
            {
                _ = Libc.unlink(part);
            }
        }
    }

    private static Exception Refused(int errno) => errno is (int)BpfErrno.EACCES or (int)BpfErrno.EPERM or (int)BpfErrno.EROFS
        ? new UnauthorizedAccessException($"{ErrnoText.Describe(errno)}.") : new IOException($"{ErrnoText.Describe(errno)}.");
}
