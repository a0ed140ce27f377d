using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>A file in bpffs that keeps a map, program or link alive without any process.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Kind">The kind of the pinned object.</param>
/// <param name="Id">The id of the pinned object.</param>
/// <param name="Name">The name of the pinned object; for a link, its program's name.</param>
/// <param name="Type">The type of the pinned object, as libbpf names it.</param>
public sealed record BpfPin(string Path, BpfPinKind Kind, uint Id, string Name, string Type)
{
    /// <summary>The name of the user that owns it; the user's id in digits if it has no name.</summary>
    public string Owner { get; private init; } = "";

    /// <summary>Its permissions in the form of chmod: "0600".</summary>
    public string Mode { get; private init; } = "";

    /// <summary>When it was created, in local time.</summary>
    public DateTime Created { get; private init; }

    /// <summary>
    /// The directory of the set that it belongs to: what was pinned together when an object started. Null for a pin by itself.
    /// </summary>
    public string? SetPath { get; private init; }

    /// <summary>Returns the pin at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin at this path, or the user lacks permission.</exception>
    public static BpfPin Get(string path)
    {
        using var fd = Open(path, out var kind);
        var file = FileOwner.StatusOf(path);
        var directory = System.IO.Path.GetDirectoryName(path);
        return Describe(path, fd, kind) with
        {
            Owner = UserNames.Of(file.UserId),
            Mode = Convert.ToString(file.Mode & 0xfff, 8).PadLeft(4, '0'),
            Created = DateTimeOffset.FromUnixTimeSeconds(file.ModifiedSeconds).LocalDateTime
                .AddTicks(file.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick),
            SetPath = PinDirectories.IsSet(directory) ? directory : null,
        };
    }

    /// <summary>Lists every pin below a directory, sorted by path. Pins that disappear in the meantime are skipped.</summary>
    /// <param name="directory">A directory in bpffs.</param>
    /// <param name="unreadable">Receives the pins and directories that this user may not open, with the error; null to skip them
    /// silently.</param>
    public static IEnumerable<BpfPin> List(string directory, ICollection<(string Path, BpfException Error)>? unreadable = null)
    {
        foreach (var closed in unreadable is null ? []
            : Directory.EnumerateDirectories(directory, "*", BpfFileSystem.Everything).Prepend(directory)
                .Where(inner => FileAccessRights.WhyRefused(inner, FileUse.List) is not null && Directory.Exists(inner)))
        {
            unreadable!.Add((closed, FileAccessRights.Error((int)BpfErrno.EACCES, $"Listing '{VisibleText.Escape(closed)}'", closed,
                FileUse.List)));
        }
        foreach (var path in Directory.EnumerateFiles(directory, "*", BpfFileSystem.Everything).Order(StringComparer.Ordinal))
        {
            // The kernel creates two readable lists there (maps.debug, progs.debug). Pins never have a dot in their names.
            if (System.IO.Path.GetFileName(path).Contains('.'))
            {
                continue;
            }
            BpfPin pin;
            try
            {
                pin = Get(path);
            }
            catch (BpfException e)
            {
                if (e.Kind != BpfErrorKind.NotFound) // It was removed in the meantime.
                {
                    unreadable?.Add((path, e));
                }
                continue;
            }
            yield return pin;
        }
    }

    /// <summary>Removes the pins in a directory, links first, and then the directory. The kernel frees what nothing else uses.</summary>
    /// <param name="path">A directory in bpffs, or a single pin.</param>
    /// <returns>The removed pins.</returns>
    /// <exception cref="BpfException">The path is not in bpffs, does not exist, or cannot be removed.</exception>
    public static IReadOnlyList<BpfPin> Remove(string path) => PinRemover.Remove(path);

    /// <summary>Pins a descriptor. The directory must exist.</summary>
    internal static void Create(int fd, string path)
    {
        var result = LibBpf.bpf_obj_pin(fd, path);
        if (result == -(int)BpfErrno.EEXIST)
        {
            throw Taken(path);
        }
        if (result < 0)
        {
            throw FileAccessRights.Error(-result, $"Pinning '{VisibleText.Escape(path)}'", path, FileUse.Name);
        }
    }

    internal static BpfException Taken(string path) =>
        new(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' already exists.",
            BpfRemedy.With($"Choose another path with {BpfOption.PinPath}.",
                Directory.Exists(path) ? BpfAdvice.RemovePinDirectory : BpfAdvice.RemovePin, path),
            (int)BpfErrno.EEXIST);

    internal static FileDescriptor OpenDescriptor(string path, BpfPinKind wanted)
    {
        var fd = Open(path, out var kind);
        if (kind == wanted)
        {
            return fd;
        }
        fd.Dispose();
        throw new BpfException(BpfErrorKind.InvalidArgument,
            $"'{VisibleText.Escape(path)}' is a pin of a {kind.ToString().ToLowerInvariant()}, "
                + $"not of a {wanted.ToString().ToLowerInvariant()}.");
    }

    // unsafe: the options are a local struct that states its own size.
    private static unsafe FileDescriptor Open(string path, out BpfPinKind kind)
    {
        LibBpfLibrary.Require();
        var result = LibBpf.bpf_obj_get(path);
        var use = FileUse.ReadWrite;
        if (result < 0 && result != -(int)BpfErrno.ENOENT)
        {
            // The user may only have read access to a map, by its mode or because the file system is mounted for reading only.
            var options = new BpfObjectGetOptions { Size = (nuint)sizeof(BpfObjectGetOptions), FileFlags = BpfObjectGetOptions.ReadOnly };
            result = LibBpf.bpf_obj_get_opts(path, &options) is var readable and >= 0 ? readable : result;
            // Where reading is allowed, it is a program or link, which are opened for reading and writing only.
            use = FileAccessRights.WhyRefused(path, FileUse.Read) is null ? FileUse.ReadWrite : FileUse.Read;
        }
        if (result == -(int)BpfErrno.ENOENT)
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no pin at '{VisibleText.Escape(path)}'.",
                BpfRemedy.To(BpfAdvice.ListPins), (int)BpfErrno.ENOENT);
        }
        if (result < 0)
        {
            throw FileAccessRights.Error(-result, $"Opening the pin '{VisibleText.Escape(path)}'", path, use,
                BpfRemedy.With($"Run the shell as that user or as root, or pin it with {BpfOption.Mode} and {BpfOption.Owner} that let "
                    + $"others in; the directories need it too."));
        }
        var fd = new FileDescriptor(result);
        kind = KindOf(fd) ?? BpfPinKind.Link;
        return fd;
    }

    /// <summary>The kind of BPF object that a descriptor refers to; null if it is not a BPF object.</summary>
    internal static BpfPinKind? KindOf(FileDescriptor fd)
    {
        var target = new FileInfo($"/proc/self/fd/{fd.Number}").LinkTarget ?? "";
        return target switch
        {
            _ when target.Contains("bpf-map") => BpfPinKind.Map,
            _ when target.Contains("bpf-prog") => BpfPinKind.Program,
            _ when target.Contains("bpf_link") || target.Contains("bpf-link") => BpfPinKind.Link,
            _ => null,
        };
    }

    // unsafe: the infos are local structs, and their names have the fixed length that is passed.
    private static unsafe BpfPin Describe(string path, FileDescriptor fd, BpfPinKind kind)
    {
        switch (kind)
        {
            case BpfPinKind.Map:
                var map = KernelObjects.GetMapInfo(fd);
                return new BpfPin(path, kind, map.Id, KernelObjects.NameOf(map.Name, 16), TypeNames.Map(map.Type));
            case BpfPinKind.Program:
                var program = KernelObjects.GetProgramInfo(fd);
                return new BpfPin(path, kind, program.Id, KernelObjects.NameOf(program.Name, 16), TypeNames.Program(program.Type));
            default:
                var link = KernelObjects.GetLinkInfo(fd);
                return new BpfPin(path, kind, link.Id, ProgramName(link.ProgramId), TypeNames.Link(link.Type));
        }
    }

    // unsafe: the info is a local struct, and its name has the fixed length that is passed.
    internal static unsafe string ProgramName(uint id)
    {
        try
        {
            using var fd = KernelObjects.OpenProgram(id);
            var info = KernelObjects.GetProgramInfo(fd);
            return KernelObjects.NameOf(info.Name, 16);
        }
        catch (BpfException)
        {
            return ""; // The program's information may be gone, but the pin still exists.
        }
    }

    /// <summary>The path.</summary>
    public override string ToString() => VisibleText.Escape(Path);
}
