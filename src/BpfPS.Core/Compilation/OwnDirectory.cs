using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Compilation;

/// <summary>
/// An open directory that only root and this user can change, and that nobody else can replace by another one: that holds for each
/// directory and each symbolic link on the way to it. The way is gone from "/" by descriptors, and what is used is the directory at its
/// end, whatever the path leads to meanwhile.
/// </summary>
internal sealed class OwnDirectory : IDisposable
{
    private const int TypeMask = 0xf000, DirectoryType = 0x4000, LinkType = 0xa000, RegularType = 0x8000; // S_IFMT and the like
    private const int WritableByOthers = (int)(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
    private const uint OwnerOnly = 0x1c0; // 0700
    private const int MostLinks = 40; // as in the kernel

    private readonly FileDescriptor _fd;

    private OwnDirectory(FileDescriptor fd, string path)
    {
        _fd = fd;
        Path = path;
    }

    /// <summary>
    /// Its path without symbolic links, for people and other programs. Nobody else can change what it leads to while they could not when
    /// it was opened.
    /// </summary>
    public string Path { get; }

    /// <summary>A path of a file in this directory that leads to it through the descriptor. It holds while the directory is open.</summary>
    public string this[string name] => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_fd.Number}/{name}");

    /// <summary>Opens a directory, and creates it and those above it if necessary, accessible to this user only.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="foreign">Who else could change or replace it, as an error; null if the directory is returned.</param>
    /// <returns>The directory; null if it is another user's, or others can write to it or to one on the way.</returns>
    /// <exception cref="BpfException">It cannot be created.</exception>
    public static OwnDirectory? TryOpen(string path, out ForeignDirectory? foreign)
    {
        var way = new Way(path);
        var isDone = false;
        try
        {
            foreign = way.Go();
            isDone = foreign is null;
            return isDone ? new OwnDirectory(way.Place, way.Name) : null;
        }
        finally
        {
            if (!isDone)
            {
                way.Dispose();
            }
        }
    }

    /// <summary>
    /// Opens a directory in this one, creates it if necessary, and marks it as used now. While it is open, <see cref="Remove"/> spares it.
    /// </summary>
    /// <exception cref="BpfException">It cannot be created, or it is another user's.</exception>
    public OwnDirectory Open(string name)
    {
        while (true)
        {
            var result = DirectoryCalls.OpenDirectory(_fd, name);
            if (result == -(int)BpfErrno.ENOENT)
            {
                result = DirectoryCalls.MakeDirectory(_fd, name, OwnerOnly) is var made && (made >= 0 || made == -(int)BpfErrno.EEXIST)
                    ? DirectoryCalls.OpenDirectory(_fd, name) : made;
                if (result == -(int)BpfErrno.ENOENT && DirectoryCalls.StatusOf(_fd).Links > 0)
                {
                    continue; // removed already
                }
            }
            var inner = new OwnDirectory(FileDescriptor.FromResult(result, $"Opening the cache directory '{Visible(name)}'"),
                System.IO.Path.Combine(Path, name));
            DirectoryCalls.Lock(inner._fd, shared: true, wait: true);
            var status = DirectoryCalls.StatusOf(inner._fd);
            if (status.Links == 0)
            {
                inner.Dispose(); // removed while this waited
                continue;
            }
            if (!IsOwn(status))
            {
                inner.Dispose();
                throw new BpfException(BpfErrorKind.PermissionDenied, $"Other users can write to the cache directory '{Visible(name)}'.",
                    "Remove it, or restrict it to yourself: chmod 700.");
            }
            NoteUse(name);
            return inner;
        }
    }

    /// <summary>The id of the user who owns it: root's or this one's.</summary>
    public uint Owner => DirectoryCalls.StatusOf(_fd).UserId;

    /// <summary>Reads a file that <see cref="Has"/> has found.</summary>
    public string ReadText(string name) => File.ReadAllText(this[name]);

    /// <summary>Writes a file. It appears complete or not at all, and an existing one is replaced.</summary>
    public void Write(string name, byte[] content) =>
        CompleteFile.Write(this[name], UnixFileMode.UserRead | UnixFileMode.UserWrite, content);

    /// <summary>Whether there is a file of this name, made by root or by this user, which nobody else can change.</summary>
    public bool Has(string name) =>
        DirectoryCalls.StatusOf(_fd, name) is var status && (status.Mode & TypeMask) == RegularType && IsOwn(status);

    /// <summary>The directories in this one, each with when it was last used and the size in bytes of what is in it.</summary>
    public IEnumerable<(string Name, DateTime Used, long Size)> Directories() =>
        from directory in new DirectoryInfo(this[""]).EnumerateDirectories()
        select (directory.Name, directory.LastWriteTimeUtc, SizeOf(directory));

    /// <summary>Removes a directory in this one with what is in it, unless somebody has it open, or has used it since.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="used">When it was last used.</param>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be removed.</exception>
    public bool Remove(string name, DateTime used)
    {
        var result = DirectoryCalls.OpenDirectory(_fd, name);
        if (result < 0)
        {
            return false;
        }
        using var inner = new FileDescriptor(result);
        if (!DirectoryCalls.Lock(inner, shared: false, wait: false) || Directory.GetLastWriteTimeUtc(this[name]) != used)
        {
            return false;
        }
        Directory.Delete(this[name], recursive: true);
        return true;
    }

    /// <summary>Closes the directory.</summary>
    public void Dispose() => _fd.Dispose();

    private void NoteUse(string name)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(this[name], DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // nothing is removed from a read-only file system anyway
        }
    }

    private static long SizeOf(DirectoryInfo directory)
    {
        try
        {
            return directory.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // removed meanwhile
        }
    }

    private static bool IsOwn(FileStatus status) =>
        (status.UserId == 0 || status.UserId == Libc.geteuid()) && (status.Mode & WritableByOthers) == 0;

    private static string Visible(string name) => VisibleText.Escape(name);

    /// <summary>The way from "/" to a directory, one descriptor after the other.</summary>
    private sealed class Way : IDisposable
    {
        private readonly Stack<string> _ahead = new();
        private FileDescriptor _at;
        private int _links;

        public Way(string path)
        {
            Add(path);
            _at = FileDescriptor.FromResult(DirectoryCalls.Locate(null, "/"), "Opening '/'");
        }

        /// <summary>Where it is, without symbolic links.</summary>
        public string Name { get; private set; } = "/";

        /// <summary>Goes to the end, or to what is not this user's or root's.</summary>
        public ForeignDirectory? Go()
        {
            for (var next = "/"; ; next = _ahead.Pop())
            {
                if (next != "/" && Enter(next) is { } link)
                {
                    return link;
                }
                if (Judge() is { } foreign)
                {
                    return foreign;
                }
                if (_ahead.Count == 0)
                {
                    return null;
                }
            }
        }

        /// <summary>The directory where it is.</summary>
        public FileDescriptor Place => _at;

        public void Dispose() => _at.Dispose();

        /// <summary>Who else can change the directory where this is; null if nobody can.</summary>
        private ForeignDirectory? Judge()
        {
            var status = DirectoryCalls.StatusOf(_at);
            // In a user namespace "/" belongs to nobody there is.
            if (status.UserId != 0 && status.UserId != Libc.geteuid() && Name != "/")
            {
                return new ForeignDirectory(Name, status.UserId, IsLast: _ahead.Count == 0);
            }
            // In a directory such as /tmp nobody can move or replace what belongs to somebody else.
            var isShared = (status.Mode & WritableByOthers) != 0
                && (_ahead.Count == 0 || (status.Mode & (int)UnixFileMode.StickyBit) == 0);
            return isShared ? new ForeignDirectory(Name, null, IsLast: _ahead.Count == 0) : null;
        }

        private ForeignDirectory? Enter(string name)
        {
            var path = System.IO.Path.Combine(Name, name);
            var result = DirectoryCalls.Locate(_at, name);
            if (result == -(int)BpfErrno.ENOENT)
            {
                result = DirectoryCalls.MakeDirectory(_at, name, OwnerOnly) is var made && (made >= 0 || made == -(int)BpfErrno.EEXIST)
                    ? DirectoryCalls.Locate(_at, name) : made;
            }
            if (result < 0)
            {
                throw CannotCreate(path, ErrnoText.Describe(-result));
            }
            var next = new FileDescriptor(result);
            var status = DirectoryCalls.StatusOf(next);
            if ((status.Mode & TypeMask) == LinkType)
            {
                using (next)
                {
                    return Follow(next, status, path);
                }
            }
            if ((status.Mode & TypeMask) != DirectoryType)
            {
                next.Dispose();
                throw CannotCreate(path, "something else has this name");
            }
            _at.Dispose();
            _at = next;
            Name = name == ".." ? System.IO.Path.GetDirectoryName(Name) ?? "/" : path;
            return null;
        }

        /// <summary>Puts the target of a symbolic link ahead. Whoever owns the link can lead it elsewhere.</summary>
        private ForeignDirectory? Follow(FileDescriptor link, FileStatus status, string path)
        {
            if (status.UserId != 0 && status.UserId != Libc.geteuid())
            {
                return new ForeignDirectory(path, status.UserId, IsLast: false);
            }
            if (++_links > MostLinks || DirectoryCalls.TargetOf(link) is not { } target)
            {
                throw CannotCreate(path, ErrnoText.Describe((int)BpfErrno.ELOOP));
            }
            if (target.StartsWith('/'))
            {
                _at.Dispose();
                _at = FileDescriptor.FromResult(DirectoryCalls.Locate(null, "/"), "Opening '/'");
                Name = "/";
            }
            Add(target);
            return _ahead.Count == 0 ? null : Enter(_ahead.Pop());
        }

        private void Add(string path)
        {
            foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => name != ".").Reverse())
            {
                _ahead.Push(name);
            }
        }

        private static BpfException CannotCreate(string path, string why) => new(BpfErrorKind.OperationFailed,
            $"Cannot create the cache directory '{Visible(path)}': {why}.",
            "Set XDG_CACHE_HOME to a directory that you can write to.");
    }
}
