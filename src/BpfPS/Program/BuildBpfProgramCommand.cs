using System.Collections;
using System.Globalization;
using System.Management.Automation;
using BpfPS.Generation;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>Build-BpfProgram: compiles C sources to BPF object files, and writes those of probes.</summary>
// An approved verb since PowerShell 6; the library that this is compiled against is older.
[Cmdlet("Build", "BpfProgram", SupportsShouldProcess = true, DefaultParameterSetName = ByPath)]
[OutputType(typeof(BpfCompilation), typeof(FileInfo))]
public sealed class BuildBpfProgramCommand : FileCmdlet
{
    private const string ByProbe = "Probe";

    private readonly List<string> _sources = [];

    /// <summary>Tracepoints, wildcards allowed: sched:sched_switch.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(TracepointCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Tracepoint { get; set; } = [];

    /// <summary>System calls, wildcards allowed: each call is one event, when it returns.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(SystemCallCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Syscall { get; set; } = [];

    /// <summary>Functions of the kernel, wildcards allowed: vfs_read. Each call is one event, when it returns.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(KernelFunctionCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Function { get; set; } = [];

    /// <summary>Functions of programs and libraries, wildcards allowed: /usr/bin/bash:readline, libc:getaddrinfo.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UserFunctionCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] UserFunction { get; set; } = [];

    /// <summary>USDT probes, wildcards allowed: /usr/bin/python3:python:gc__start.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(UsdtCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Usdt { get; set; } = [];

    /// <summary>A profile: so many samples a second of what each CPU does.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateRange(1, 100_000)]
    [WholeNumber]
    public int? Sample { get; set; }

    /// <summary>Only events for which this is true leave the kernel.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateNotNull]
    public ScriptBlock? Filter { get; set; }

    /// <summary>The only members of the events that are wanted.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Property { get; set; }

    /// <summary>The call stacks that events have: that in the kernel, that in user space.</summary>
    [Parameter(ParameterSetName = ByProbe)]
    [ValidateSet("Kernel", "User")]
    public string[] Stack { get; set; } = [];

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
        if (ParameterSetName == ByProbe)
        {
            WriteProbes();
            return;
        }
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

    private void WriteProbes()
    {
        var sources = new ProbeOptions
        {
            Tracepoint = Tracepoint, Syscall = Syscall, Function = Function, UserFunction = UserFunction, Usdt = Usdt, Sample = Sample,
        }.Sources;
        var written = Require(() =>
        {
            var path = Destination is null ? throw new BpfException(BpfErrorKind.InvalidArgument, "-Destination is missing.",
                "Specify the file with -Destination, such as openat.bpf.o.") : ResolveFile(Destination);
            var request = ProbeOptions.Request(Filter, Property, Stack, SessionState);
            var probes = sources.Find(request.TextBytes);
            var planned = ProbeStarter.Plan(probes, ref request, out _);
            FilterPlan.RequireKernel(planned.Filters.SelectMany(one => one.Filter.Parts));
            path = Directory.Exists(path) ? System.IO.Path.Combine(path, $"{ProbeStarter.NameOf(probes)}.bpf.o") : path;
            if (!ShouldProcess(VisibleText.Escape(path), $"Write the programs of '{VisibleText.Escape(sources.Name)}'"))
            {
                return null;
            }
            if (File.Exists(path) && !Force && !IsObject(path))
            {
                throw new BpfException(BpfErrorKind.AlreadyExists, $"'{VisibleText.Escape(path)}' is there already, and is no object file.",
                    "Name another file, or replace it with -Force.");
            }
            ProbeStarter.Save(planned, path);
            return path;
        }, sources.Name);
        if (written is not null)
        {
            WriteObject(new FileInfo(written));
        }
    }

    /// <summary>Whether a file begins as object files do.</summary>
    private static bool IsObject(string path)
    {
        using var file = File.OpenRead(path);
        return file is { Length: 0 } || file.ReadByte() == 0x7f && file.ReadByte() == 'E';
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
