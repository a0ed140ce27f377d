using System.Management.Automation;

namespace BpfPS.Shell.Commands;

/// <summary>Set-Location: a shell in which one cannot change the folder is none. Without a path it goes home.</summary>
[Cmdlet(VerbsCommon.Set, "Location", DefaultParameterSetName = "Path")]
public sealed class SetLocationCommand : PSCmdlet
{
    /// <summary>Where to go; <c>-</c> and <c>+</c> walk through the places one has been at.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(FolderCompleter))]
    public string? Path { get; set; }

    /// <summary>Where to go, taken as it is: a star in it is a star.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var target = LiteralPath is not null
            ? WildcardPattern.Escape(LiteralPath)
            : string.IsNullOrEmpty(Path) ? "~" : Path;
        try
        {
            SessionState.Path.SetLocation(target);
        }
        catch (Exception error) when (error is IContainsErrorRecord and RuntimeException)
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)error).ErrorRecord, error));
        }
    }
}
