using System.Management.Automation;
using BpfPS.Probes;

namespace BpfPS.Commands;

/// <summary>Get-BpfProbe: what can be traced here.</summary>
[Cmdlet(VerbsCommon.Get, "BpfProbe", DefaultParameterSetName = InKernel)]
[OutputType(typeof(BpfProbe))]
public sealed class GetBpfProbeCommand : BpfCmdlet
{
    private const string InKernel = "Kernel";
    private const string InFile = "FilePath";
    private const string InProcess = "ProcessId";

    private readonly HashSet<(BpfProbeKind, string)> _written = [];

    /// <summary>Names of probes, wildcards allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(ProbeNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Only these kinds.</summary>
    [Parameter(Position = 1)]
    [ValidateSet(nameof(BpfProbeKind.Tracepoint), nameof(BpfProbeKind.Syscall), nameof(BpfProbeKind.Function),
        nameof(BpfProbeKind.PerfEvent), nameof(BpfProbeKind.Timer), nameof(BpfProbeKind.Iterator), nameof(BpfProbeKind.UserFunction),
        nameof(BpfProbeKind.Usdt))]
    public string[] Kind { get; set; } = [];

    /// <summary>Programs and libraries, by path or name, wildcards allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InFile)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] FilePath { get; set; } = [];

    /// <summary>Processes: their program and the libraries that they have loaded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InProcess, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ArgumentCompleter(typeof(ProcessCompleter))]
    [WholeNumber]
    [ValidateRange(1, int.MaxValue)]
    public int[] ProcessId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var kinds = Kind.Select(kind => Enum.Parse<BpfProbeKind>(kind, ignoreCase: true)).ToArray();
        CheckKinds(kinds);
        var files = ParameterSetName switch
        {
            InFile => FilePath.SelectMany(path => Try(() => FilesOf(path), path) ?? []).Distinct().ToArray(),
            InProcess => ProcessId.SelectMany(id => Try(() => UserFiles.Of(id), id) ?? []).Distinct().ToArray(),
            _ => [],
        };
        if (ParameterSetName == InKernel || files.Length > 0)
        {
            Write(ParameterSetName == InKernel ? ProbeCatalog.Kernel(kinds) : ProbeCatalog.Files(files, kinds));
        }
    }

    /// <summary>A kind that is only in files needs one, and a file has no other kinds.</summary>
    private void CheckKinds(BpfProbeKind[] kinds)
    {
        if (kinds.Except(ProbeCatalog.KernelKinds).ToArray() is [var inFile, ..] && ParameterSetName == InKernel)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"A probe of the kind {inFile} is in a program or library.",
                "Specify the file with -FilePath, or a process with -ProcessId."), inFile);
        }
        if (kinds.Intersect(ProbeCatalog.KernelKinds).ToArray() is [var inKernel, ..] && ParameterSetName != InKernel)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, $"A probe of the kind {inKernel} is not in a program or library.",
                $"Remove -{ParameterSetName}, or specify -Kind UserFunction or Usdt."), inKernel);
        }
    }

    /// <summary>A name without a slash is that of a program or library, unless a file here is called so.</summary>
    private IReadOnlyList<string> FilesOf(string path) => path.Contains('/')
        || WildcardPattern.ContainsWildcardCharacters(path) || File.Exists(ResolveFile(path))
            ? [.. ResolveFiles(path).Select(UserFiles.Find)] : [UserFiles.Find(path)];

    // Without the privilege for one kind, the others can still be listed.
    private protected override bool IsForAll(BpfException error) => false;

    private void Write(IReadOnlyList<ProbeSource> sources)
    {
        var patterns = Require(() => Name.Where(Wildcards.IsPattern).Select(Wildcards.Pattern).ToArray(), Name);
        foreach (var name in Name.Where(name => !Wildcards.IsPattern(name)))
        {
            WriteNamed(sources, name);
        }
        foreach (var source in patterns.Length > 0 ? sources : [])
        {
            foreach (var probe in Try(() => ProbeCatalog.Matching(source, name => Array.Exists(patterns, pattern => pattern.IsMatch(name))),
                source.Word) ?? [])
            {
                if (StopToken.IsCancellationRequested)
                {
                    return;
                }
                WriteOnce(probe);
            }
        }
    }

    /// <summary>Writes what has this very name, or says that nothing has, or why that cannot be told.</summary>
    private void WriteNamed(IReadOnlyList<ProbeSource> sources, string name)
    {
        var found = false;
        BpfException? refusal = null;
        foreach (var source in sources)
        {
            BpfProbe? probe = null;
            try
            {
                probe = StopToken.IsCancellationRequested ? null : source.Find(name);
            }
            catch (BpfException e)
            {
                refusal ??= e;
            }
            if (probe is not null)
            {
                found = true;
                WriteOnce(probe);
            }
        }
        if (!found && !StopToken.IsCancellationRequested)
        {
            WriteError(refusal ?? ProbeCatalog.NotFound(sources, name), name);
        }
    }

    private void WriteOnce(BpfProbe probe)
    {
        if (_written.Add((probe.Kind, probe.Name)))
        {
            WriteObject(probe);
        }
    }
}
