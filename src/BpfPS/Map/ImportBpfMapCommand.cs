using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Import-BpfMap: restores maps that Export-BpfMap saved.</summary>
[Cmdlet(VerbsData.Import, "BpfMap", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfMap))]
public sealed class ImportBpfMapCommand : FileCmdlet
{
    /// <summary>Which maps of the file, by name.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The map to restore into, where it is not the one of the same name.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    [ValidateNotNull]
    public MapReference? Map { get; set; }

    /// <summary>Make maps that are not there.</summary>
    [Parameter]
    public SwitchParameter Create { get; set; }

    /// <summary>Remove the maps' own entries first.</summary>
    [Parameter]
    public SwitchParameter Clear { get; set; }

    /// <summary>Give the maps.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var file in Files())
        {
            Import(file);
        }
    }

    private void Import(string path)
    {
        var saved = Try(() => BpfMapFile.Read(path), path);
        if (saved is null)
        {
            return;
        }
        var chosen = saved.Where(map => Name.Any(name => Wildcards.Pattern(name).IsMatch(map.Name))).ToArray();
        foreach (var missing in Name.Where(name => !Wildcards.IsPattern(name)
            && !saved.Any(map => map.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound, $"'{VisibleText.Escape(path)}' has no map '{VisibleText.Escape(missing)}'.",
                $"It has: {VisibleText.Escape(string.Join(", ", saved.Select(map => map.Name)))}."), missing);
        }
        if (Map is not null && chosen.Length > 1)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument,
                $"-Map is one map, and {chosen.Length} of the file are to be restored.", "Specify which one with -Name."), Map.Value);
        }
        if (chosen.GroupBy(map => map.Name).FirstOrDefault(same => same.Count() > 1) is { } alike)
        {
            WriteError(new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(path)}' has {alike.Count()} maps named '{VisibleText.Escape(alike.Key)}', "
                + "which cannot be told apart.",
                "Export one of them by its id, or choose others with -Name."), path);
            return;
        }
        using var import = new BpfMapImport(ShellSession.Current());
        if (Array.TrueForAll(Array.ConvertAll(chosen, map => Add(import, map)), isFit => isFit) && !StopToken.IsCancellationRequested)
        {
            Restore(import);
        }
    }

    /// <summary>Adds a map of the file; false where it cannot be restored.</summary>
    private bool Add(BpfMapImport import, BpfSavedMap saved)
    {
        var found = Try(() => Find(saved), saved);
        return found is not null && (found.Length > 0 || ShouldProcess(saved.Name, "Make map"))
            && Try(() => { import.Add(saved, found is [var map] ? map : null, StopToken); return import; }, saved) is not null;
    }

    /// <summary>The map to restore into; none where one is to be made.</summary>
    private BpfMap[] Find(BpfSavedMap saved)
    {
        if (Map is not null)
        {
            return [Map.Resolve()];
        }
        var named = MapResolver.Instance.ByWholeName(saved.Name);
        return named.Count == 0 && Create ? [] : named.Count == 0 && BpfSession.WhyNotListed(BpfPinKind.Map) is { } refused ? throw refused
            : [MapResolver.Instance.Only(named, saved.Name,
            named.Count == 0 ? "Make it with -Create, or specify another one with -Map." : "Specify one of them with -Map.")];
    }

    private void Restore(BpfMapImport import)
    {
        var targets = import.Targets.Where(target => ShouldProcess(target.Map.ToString(),
            $"Restore {target.Saved.Count} entries{(Clear ? " in place of its own" : "")}")).ToArray();
        IReadOnlyList<long> written;
        try
        {
            written = import.Restore(targets, Clear, ShowProgress, StopToken);
        }
        catch (BpfException e)
        {
            WriteError(e, import.Failed);
            return;
        }
        if (StopToken.IsCancellationRequested && import.Undone is { } undone)
        {
            SayAfterEnd($"The import was interrupted. {undone}");
        }
        foreach (var ((_, map), count) in targets.Zip(written))
        {
            WriteVerbose($"{map}: {count} entries.");
            if (PassThru)
            {
                WriteObject(map);
            }
        }
    }

    private void ShowProgress(BpfSavedMap saved, long written) =>
        WriteProgress(new ProgressRecord(0, "Importing maps", $"{VisibleText.Escape(saved.Name)}: {written} of {saved.Count} entries")
        {
            PercentComplete = (int)(written * 100 / Math.Max(saved.Count, 1)),
        });
}
