using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Export-BpfMap: writes maps with their types and entries to a JSON file.</summary>
[Cmdlet(VerbsData.Export, "BpfMap", SupportsShouldProcess = true, DefaultParameterSetName = ByName)]
[OutputType(typeof(FileInfo))]
public sealed class ExportBpfMapCommand : MapCmdlet
{
    private readonly List<BpfMap> _maps = [];

    /// <summary>The file to write.</summary>
    [Parameter(Position = 1)]
    [Alias("FilePath")]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Replace a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Give the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Destination = RequireArgument(Destination, nameof(Destination));

    private protected override bool IsMeant(BpfMap map) => map.HoldsResults;

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        if (!_maps.Exists(known => known.Id == map.Id))
        {
            _maps.Add(map);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_maps.Count == 0)
        {
            return; // names without wildcards that match nothing were errors already
        }
        var path = ResolveFile(Destination!);
        if (!Force && File.Exists(path))
        {
            Terminate(new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' exists already.",
                "Choose another file, or replace it with -Force."), path);
        }
        foreach (var alike in _maps.GroupBy(map => map.Name).Where(same => same.Count() > 1))
        {
            var ids = string.Join(", ", alike.Select(map => map.Id));
            WriteWarning(
                $"{alike.Count()} maps are named '{VisibleText.Escape(alike.Key)}' (ids {ids}): Import-BpfMap will not tell them apart.");
        }
        if (!ShouldProcess(path, $"Export {string.Join(", ", _maps)}"))
        {
            return;
        }
        var written = Require(() => BpfMapFile.Export(_maps, path, ShowProgress, StopToken), path);
        if (written < 0)
        {
            return;
        }
        WriteVerbose($"{path}: {_maps.Count} maps, {written} entries.");
        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }

    private void ShowProgress(BpfMap map, long entries) =>
        WriteProgress(new ProgressRecord(0, "Exporting maps", $"{VisibleText.Escape(map.Name)}: {entries} entries"));
}
