using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using BpfPS.Btf;
using BpfPS.Host;

namespace BpfPS.Commands;

/// <summary>Completes what the programs of the file that is named can be attached to, by the kind of their sections.</summary>
public sealed class TargetCompleter : IArgumentCompleter
{
    // A kernel has tens of thousands of functions, and nobody reads that many.
    private const int Most = 1000;

    private const string TracepointType = "btf_trace_";
    private const string SecurityHook = "bpf_lsm_";
    private const string Iterator = "bpf_iter_";

    private static readonly string[] s_events = ["/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var kinds = Sections(fakeBoundParameters).Select(KindOf).Distinct().ToArray();
        var word = wordToComplete.Trim('\'', '"');
        return [.. kinds.SelectMany(kind => kind == Kind.UserFunction ? InFiles(wordToComplete)
            : new Places(kind).CompleteArgument(commandName, parameterName, word, commandAst, fakeBoundParameters).Take(Most))];
    }

    private enum Kind
    {
        None,
        Tracepoint,
        RawTracepoint,
        KernelFunction,
        SecurityHook,
        Iterator,
        UserFunction,
    }

    private static IEnumerable<string> Sections(IDictionary bound)
    {
        var wanted = bound["Program"] switch
        {
            string one => [one],
            IEnumerable list => list.OfType<string>().ToArray(),
            _ => [],
        };
        return CompletionObject.Of(bound)?.Programs
            .Where(program => wanted.Length == 0 || wanted.Contains(program.Name, StringComparer.OrdinalIgnoreCase))
            .Select(program => program.Section) ?? [];
    }

    private static Kind KindOf(string section) => section.TrimStart('?').TrimEnd('+').Split('/', '.')[0] switch
    {
        "tp" or "tracepoint" => Kind.Tracepoint,
        "raw_tp" or "raw_tracepoint" or "tp_btf" => Kind.RawTracepoint,
        "kprobe" or "kretprobe" or "fentry" or "fexit" or "fmod_ret" => Kind.KernelFunction,
        "lsm" or "lsm_cgroup" => Kind.SecurityHook,
        "iter" => Kind.Iterator,
        "uprobe" or "uretprobe" or "usdt" => Kind.UserFunction,
        _ => Kind.None,
    };

    /// <summary>A file, and behind a colon its functions.</summary>
    private static IEnumerable<CompletionResult> InFiles(string word)
    {
        var plain = word.Trim('\'', '"');
        var colon = plain.LastIndexOf(':');
        if (colon < 0)
        {
            return FileCompleter.Files(word, _ => true);
        }
        var path = plain[..colon];
        return ElfSymbols.Functions(path).Where(name => name.StartsWith(plain[(colon + 1)..], StringComparison.Ordinal)
            && VisibleText.Escape(name) == name).Order(StringComparer.Ordinal).Take(Most)
            .Select(name => new CompletionResult($"'{CodeGeneration.EscapeSingleQuotedStringContent($"{path}:{name}")}'", name,
                CompletionResultType.ParameterValue, $"{path}:{name}"));
    }

    private sealed class Places(Kind kind) : NameCompleter
    {
        private protected override IEnumerable<(string Name, string ToolTip)> Candidates(IDictionary bound) => kind switch
        {
            Kind.Tracepoint => Tracepoints().Select(name => (name, "tracepoint")),
            Kind.RawTracepoint => References(BtfKind.Typedef)
                .Where(name => name.StartsWith(TracepointType, StringComparison.Ordinal))
                .Select(name => (name[TracepointType.Length..], "raw tracepoint")),
            Kind.KernelFunction => Functions("").Select(name => (name, "kernel function")),
            Kind.SecurityHook => Functions(SecurityHook).Select(name => (name, "security hook")),
            Kind.Iterator => Functions(Iterator).Select(name => (name, "iterator")),
            _ => [],
        };

        private static IEnumerable<string> References(BtfKind kind) =>
            KernelBtf.Kernel.All.OfType<BtfReference>().Where(type => type.Kind == kind).Select(type => type.Name);

        private static IEnumerable<string> Functions(string prefix) => References(BtfKind.Function)
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])
            .Order(StringComparer.Ordinal);

        private static IEnumerable<string> Tracepoints() => s_events.FirstOrDefault(Directory.Exists) is not { } root ? []
            : Directory.EnumerateDirectories(root).SelectMany(Directory.EnumerateDirectories)
                .Select(path => System.IO.Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal);
    }
}
