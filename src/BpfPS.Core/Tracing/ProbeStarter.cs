using BpfPS.Files;
using BpfPS.Generation;
using BpfPS.Host;

namespace BpfPS.Tracing;

/// <summary>Starts the programs that are written for probes.</summary>
internal static class ProbeStarter
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What will be started: the programs, and where the filter is decided.</summary>
    /// <param name="probes">The probes.</param>
    /// <param name="request">What is wanted of their events; what will be started instead, if the kernel cannot add it up.</param>
    /// <param name="reason">Why the kernel does not add up what is wanted; null if it does, or nothing is.</param>
    /// <exception cref="BpfException">No probe has the members that are asked for, or nobody can decide the filter.</exception>
    public static ProbeObject Plan(IReadOnlyList<TracedProbe> probes, ref ProbeRequest request, out string? reason)
    {
        reason = null;
        try
        {
            return ProbeObject.Make(probes, request);
        }
        catch (NotInKernelException e) when (request.Measure is { } measure)
        {
            reason = e.Message;
            request = request with { Measure = null, Properties = [.. measure.By, .. measure.Values.Select(one => one.Value)] };
            return ProbeObject.Make(probes, request);
        }
    }

    /// <summary>Starts them.</summary>
    /// <param name="probes">The probes.</param>
    /// <param name="request">What is wanted of their events.</param>
    /// <param name="planned">What was planned.</param>
    /// <param name="options">How to start them, without what is linked.</param>
    /// <returns>The object; its <see cref="BpfObject.LinkedError"/> says why the kernel does not filter, if it refused that.</returns>
    /// <exception cref="BpfException">A step failed. Nothing is left loaded or attached.</exception>
    public static BpfObject Start(IReadOnlyList<TracedProbe> probes, ProbeRequest request, ProbeObject planned, BpfStartOptions options)
    {
        options = options with
        {
            Name = NameOf(probes), RequireLinked = true,
            Attachment = new BpfAttachOptions
            {
                OfPrograms = probes.SelectMany(probe => probe.Programs.Select(program => (program, probe.Attachment))).ToDictionary(),
            },
        };
        try
        {
            return Start(planned, options);
        }
        catch (BpfVerifierException e) when (planned.Filters.Any(one => one.Filter.Parts.Any(part => part.IsInKernel)))
        {
            // A filter that the verifier does not take is not the user's problem: the reader decides it.
            var obj = Start(ProbeObject.Make(probes, request with { FiltersInKernel = false }), options);
            obj.LinkedError = e;
            return obj;
        }
    }

    /// <summary>How many texts filled their room, and how many could not be read; null if the object is none of probes.</summary>
    /// <param name="obj">The object.</param>
    /// <exception cref="BpfException">Its variables cannot be read.</exception>
    public static (ulong Cut, ulong Unread)? Texts(BpfObject obj)
    {
        if (obj.Maps.FirstOrDefault(map => map.Name.EndsWith(".bss", StringComparison.Ordinal)) is not { } zeroed)
        {
            return null;
        }
        var variables = BpfGlobalVariable.Of(zeroed);
        return Number(ProbeMaps.TextsCut) is { } cut && Number(ProbeMaps.TextsUnread) is { } unread ? (cut, unread) : null;

        ulong? Number(string name) => variables.FirstOrDefault(variable => variable.Name == name)?.Value is { } value
            ? Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static BpfObject Start(ProbeObject planned, BpfStartOptions options) =>
        BpfObjectStarter.Start(ShippedFiles.ObjectPath(ShippedFiles.Probe), options with { Linked = [planned.Image] });

    /// <summary>Writes them to an object file, which any loader takes.</summary>
    /// <param name="planned">What was planned.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfException">It cannot be written.</exception>
    public static void Save(ProbeObject planned, string path)
    {
        var image = ObjectLinker.Link(File.ReadAllBytes(ShippedFiles.ObjectPath(ShippedFiles.SavedProbe)), [planned.Image]);
        try
        {
            CompleteFile.Write(path, Mode, image);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(e is IOException ? BpfErrorKind.OperationFailed : BpfErrorKind.PermissionDenied,
                $"'{VisibleText.Escape(path)}' cannot be written: {VisibleText.Escape(e.Message)}", "Name another file.", inner: e);
        }
    }

    /// <summary>The name of the object that has the programs of probes.</summary>
    public static string NameOf(IReadOnlyList<TracedProbe> probes) => probes[0].Name;
}
