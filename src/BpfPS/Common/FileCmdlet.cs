using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>A cmdlet that takes files: by names with wildcards, or to the letter, as Get-ChildItem gives them.</summary>
public abstract class FileCmdlet : BpfCmdlet
{
    private protected const string ByPath = "FilePath";
    private protected const string ByLiteralPath = "LiteralPath";

    /// <summary>Files; wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByPath)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] FilePath { get; set; } = [];

    /// <summary>Files, by names without wildcards.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("FullName", "PSPath")]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The files that are named, as absolute paths.</summary>
    private protected IEnumerable<string> Files() => ParameterSetName == ByLiteralPath ? LiteralPath.Select(ResolveFile)
        : FilePath.SelectMany(path => Try(() => ResolveFiles(path).ToArray(), path) ?? []);
}
