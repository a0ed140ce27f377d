using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Build-BpfProgram: compiles C sources to BPF object files.</summary>
// An approved verb since PowerShell 6; the library that this is compiled against is older.
[Cmdlet("Build", "BpfProgram", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfCompilation))]
public sealed class BuildBpfProgramCommand : FileCmdlet
{
    private readonly List<string> _sources = [];

    /// <summary>Where the object file goes: a file, or a directory.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Macros, as -D of clang: names and values, or names alone.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Definition { get; set; } = [];

    /// <summary>Directories in which headers are looked for.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] IncludePath { get; set; } = [];

    /// <summary>Further options of clang, such as -std=gnu11 or -Wno-unused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] CompilerOption { get; set; } = [];

    /// <summary>The clang to use.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CompilerCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Compiler { get; set; }

    /// <summary>Compile also what is in the cache; replace a file that is no object file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _sources.AddRange(Files().Where(source => !_sources.Contains(source)).Distinct());
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var options = Require(Options, this);
        if (_sources.Count > 1 && options.Destination is not null && !Directory.Exists(options.Destination))
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument,
                $"{_sources.Count} sources cannot become one file, '{VisibleText.Escape(Destination!)}'.",
                "Give a directory that is there as -Destination."), Destination);
        }
        for (var i = 0; i < _sources.Count && !StopToken.IsCancellationRequested; i++)
        {
            var source = _sources[i];
            if (!ShouldProcess(VisibleText.Escape(source), Destination is null ? "Compile"
                : $"Compile to {VisibleText.Escape(Destination)}"))
            {
                continue;
            }
            var compiled = Try(() => Compile(source, options), source);
            WriteNotice();
            if (compiled is not null)
            {
                WriteVerbose(VisibleText.Escape(compiled.CommandLine));
                foreach (var warning in compiled.Warnings)
                {
                    WriteDiagnostic(warning);
                }
                WriteObject(compiled);
            }
        }
    }

    private BpfCompilation? Compile(string source, BpfCompileOptions options)
    {
        try
        {
            return ShowIfLong("Compiling", VisibleText.Escape(source), () => BpfCompiler.Compile(source, options, StopToken));
        }
        catch (OperationCanceledException)
        {
            return null; // Ctrl+C: PowerShell ends the pipeline
        }
    }

    private BpfCompileOptions Options() => new()
    {
        Destination = Destination is null ? null : ResolveFile(Destination) + (Destination.EndsWith('/') ? "/" : ""),
        Definitions = Definition.Cast<DictionaryEntry>()
            .ToDictionary(entry => Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry => MacroValue(entry.Value)),
        IncludeDirectories = IncludePath.Select(ResolveFile).ToArray(),
        CompilerOptions = CompilerOption,
        Compiler = Compiler is { } compiler && compiler.Contains('/') ? ResolveFile(compiler) : Compiler,
        Force = Force,
    };

    // Numbers and words as they stand; C has no true and false without a header.
    private static string? MacroValue(object? value) => PlainValue.Of(value) switch
    {
        null => null,
        bool flag => flag ? "1" : "0",
        IEnumerable and not string =>
            throw new BpfException(BpfErrorKind.InvalidArgument, "The value of a macro is a list or a table.",
            "Give a number or a text; C's own lists go into the text: @{ SIZES = '{ 1, 2 }' }."),
        var plain => Convert.ToString(plain, CultureInfo.InvariantCulture),
    };
}
