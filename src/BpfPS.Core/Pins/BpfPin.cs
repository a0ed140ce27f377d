using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>A file in bpffs that keeps a map, program or link alive without any process.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Kind">What it keeps.</param>
/// <param name="Id">The id of what it keeps.</param>
/// <param name="Name">The name of what it keeps; a link's is its program's.</param>
/// <param name="Type">The type of what it keeps, in libbpf's words.</param>
public sealed record BpfPin(string Path, BpfPinKind Kind, uint Id, string Name, string Type)
{
    /// <summary>The name of the user that it belongs to; the user's id in digits where the system has no name for it.</summary>
    public string Owner { get; private init; } = "";

    /// <summary>Who may do what with it, as chmod takes it: "0600".</summary>
    public string Mode { get; private init; } = "";

    /// <summary>When it was made, in local time.</summary>
    public DateTime Created { get; private init; }

    /// <summary>Looks at one pin.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is none, or the user may not.</exception>
    public static BpfPin Get(string path)
    {
        using var fd = Open(path, out var kind);
        var file = FileOwner.StatusOf(path);
        return Describe(path, fd, kind) with
        {
            Owner = UserNames.Of(file.UserId),
            Mode = Convert.ToString(file.Mode & 0xfff, 8).PadLeft(4, '0'),
            Created = DateTimeOffset.FromUnixTimeSeconds(file.ModifiedSeconds).LocalDateTime.AddTicks(file.ModifiedNanoseconds / TimeSpan.NanosecondsPerTick),
        };
    }

    /// <summary>Every pin below a directory, in the order of their paths. What goes away meanwhile is left out.</summary>
    /// <param name="directory">A directory in bpffs.</param>
    /// <param name="unreadable">Takes the pins that this user may not open, and why; null to leave them out without a word.</param>
    public static IEnumerable<BpfPin> List(string directory, ICollection<(string Path, BpfException Error)>? unreadable = null)
    {
        foreach (var path in Directory.EnumerateFiles(directory, "*", BpfFileSystem.Everything).Order(StringComparer.Ordinal))
        {
            // The kernel puts two readable lists of its own there (maps.debug, progs.debug); no pin of ours or anyone's has a dot.
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
                if (e.Kind != BpfErrorKind.NotFound) // unpinned meanwhile
                {
                    unreadable?.Add((path, e));
                }
                continue;
            }
            yield return pin;
        }
    }

    /// <summary>Removes the pins in a directory, links first, and the directory. What nobody else holds goes with them.</summary>
    /// <param name="path">A directory in bpffs, or a single pin.</param>
    /// <returns>The pins that were removed.</returns>
    /// <exception cref="BpfException">It is not in bpffs, not there, or cannot be removed.</exception>
    public static IReadOnlyList<BpfPin> Remove(string path) => PinRemover.Remove(path);

    /// <summary>Pins a descriptor. The directory must exist.</summary>
    internal static void Create(int fd, string path)
    {
        var result = LibBpf.bpf_obj_pin(fd, path);
        if (result == -(int)BpfErrno.EEXIST)
        {
            throw Taken(path);
        }
        Errors.ThrowIfNegative(result, $"Pinning '{VisibleText.Escape(path)}'");
    }

    internal static BpfException Taken(string path) =>
        new(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' exists already.",
            new("Choose another path with -PinPath.", Directory.Exists(path) ? BpfAdvice.RemovePinDirectory : BpfAdvice.RemovePin, path),
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
            $"'{VisibleText.Escape(path)}' is the pin of a {kind.ToString().ToLowerInvariant()}, not of a {wanted.ToString().ToLowerInvariant()}.");
    }

    // unsafe: options and infos are local structs of the sizes they state; names in them have the fixed length that is given.
    private static unsafe FileDescriptor Open(string path, out BpfPinKind kind)
    {
        LibBpfLibrary.Require();
        var result = LibBpf.bpf_obj_get(path);
        if (result == -(int)BpfErrno.EACCES)
        {
            // A map that this user may read only.
            var options = new BpfObjectGetOptions { Size = (nuint)sizeof(BpfObjectGetOptions), FileFlags = BpfObjectGetOptions.ReadOnly };
            result = LibBpf.bpf_obj_get_opts(path, &options) is var readable and >= 0 ? readable : result;
        }
        if (result == -(int)BpfErrno.ENOENT)
        {
            throw new BpfException(BpfErrorKind.NotFound, $"There is no pin at '{VisibleText.Escape(path)}'.",
                BpfRemedy.To(BpfAdvice.ListPins), (int)BpfErrno.ENOENT);
        }
        var fd = FileDescriptor.FromResult(result, $"Opening the pin '{VisibleText.Escape(path)}'");
        kind = KindOf(fd) ?? BpfPinKind.Link;
        return fd;
    }

    /// <summary>What a descriptor is of; null for what is nothing of BPF's.</summary>
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

    // unsafe: options and infos are local structs of the sizes they state; names in them have the fixed length that is given.
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

    // unsafe: options and infos are local structs of the sizes they state; names in them have the fixed length that is given.
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
            return ""; // a link can outlive what it says about its program; the pin itself is still there
        }
    }

    /// <summary>The path.</summary>
    public override string ToString() => VisibleText.Escape(Path);
}
