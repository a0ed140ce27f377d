using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Import-BpfMap: restores maps that Export-BpfMap saved.</summary>
[Cmdlet(VerbsData.Import, "BpfMap", SupportsShouldProcess = true)]
[OutputType(typeof(BpfMap))]
public sealed class ImportBpfMapCommand : BpfCmdlet
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string FilePath { get; set; } = "";

    /// <summary>Which maps of the file, by name.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The map to restore into, where it is not the one of the same name.</summary>
    [Parameter]
    public BpfMap? Map { get; set; }

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
        var path = ResolveFile(FilePath);
        var saved = Try(() => BpfMapFile.Read(path), path);
        if (saved is null)
        {
            return;
        }
        var chosen = saved.Where(map => Name.Any(name => Wildcards.Pattern(name).IsMatch(map.Name))).ToArray();
        foreach (var missing in Name.Where(name => !Wildcards.IsPattern(name) && !saved.Any(map => map.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
        {
            WriteError(new BpfException(BpfErrorKind.NotFound, $"'{VisibleText.Escape(path)}' has no map '{VisibleText.Escape(missing)}'.", $"It has: {VisibleText.Escape(string.Join(", ", saved.Select(map => map.Name)))}."), missing);
        }
        if (Map is not null && chosen.Length > 1)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"-Map is one map, and {chosen.Length} of the file are to be restored.", "Say which one with -Name."), Map);
        }
        if (chosen.GroupBy(map => map.Name).FirstOrDefault(same => same.Count() > 1) is { } alike)
        {
            WriteError(new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(path)}' has {alike.Count()} maps named '{VisibleText.Escape(alike.Key)}', which cannot be told apart.", "Export one of them by its id, or choose others with -Name."), path);
            return;
        }
        RestoreAll(chosen);
    }

    /// <summary>All of the maps, or none: every entry is looked at before the first is written.</summary>
    private void RestoreAll(IReadOnlyList<BpfSavedMap> chosen)
    {
        var targets = new List<(BpfSavedMap Saved, BpfMap Map)>();
        var made = new List<BpfMap>();
        try
        {
            var isFit = true;
            foreach (var saved in chosen)
            {
                var target = Map ?? Try(() => Find(saved, made), saved);
                isFit &= target is not null && Try(() => { saved.Check(target, StopToken); return target; }, saved) is not null;
                if (target is not null)
                {
                    targets.Add((saved, target));
                }
            }
            if (!isFit || StopToken.IsCancellationRequested)
            {
                return;
            }
            foreach (var (saved, target) in targets)
            {
                if (Restore(saved, target))
                {
                    made.Remove(target);
                }
            }
        }
        finally
        {
            // A map that was made for entries that did not come is not left.
            made.ForEach(map => BpfHeldMaps.Release(ShellSession.Current(), map.Id));
        }
    }

    private bool Restore(BpfSavedMap saved, BpfMap target)
    {
        if (!ShouldProcess(target.ToString(), $"Restore {saved.Count} entries{(Clear ? " in place of its own" : "")}"))
        {
            return false;
        }
        try
        {
            var written = saved.Restore(target, Clear, given => WriteProgress(new ProgressRecord(0, "Importing maps", $"{VisibleText.Escape(saved.Name)}: {given} of {saved.Count} entries")
            {
                PercentComplete = (int)(given * 100 / Math.Max(saved.Count, 1)),
            }), StopToken);
            WriteVerbose($"{target}: {written} entries.");
        }
        catch (BpfException e)
        {
            WriteError(e, saved);
            return false;
        }
        if (PassThru)
        {
            WriteObject(target);
        }
        return true;
    }

    private BpfMap? Find(BpfSavedMap saved, List<BpfMap> made)
    {
        var maps = BpfMap.List().Where(map => MapSelector.IsNamed(map, saved.Name)).ToArray();
        return maps switch
        {
            [var only] => only,
            [] when Create => ShouldProcess(saved.Name, "Make map") ? Make(saved, made) : null,
            [] => throw new BpfException(BpfErrorKind.NotFound, $"There is no map named '{VisibleText.Escape(saved.Name)}' in the kernel.", "Make it with -Create, or name another one with -Map."),
            _ => throw new BpfException(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(saved.Name)}' is the name of {maps.Length} maps: ids {string.Join(", ", maps.Select(map => map.Id))}.", "Say which one with -Map."),
        };
    }

    private static BpfMap Make(BpfSavedMap saved, List<BpfMap> made)
    {
        var map = saved.Create(ShellSession.Current());
        made.Add(map);
        return map;
    }
}
