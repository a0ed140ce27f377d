using BpfPS.Btf;
using BpfPS.Generation;
using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>Functions of the kernel as probes.</summary>
/// <param name="textBytes">The room for each text, in bytes.</param>
internal sealed class KernelFunctions(uint textBytes)
{
    private const int Suggestions = 5;
    private const string Multi = "trace_kprobe_multi";

    /// <summary>Fewer functions than this are attached one by one, which knows the arguments of each.</summary>
    private const int FewestAtOnce = 17;

    private static readonly Probes.FunctionSource s_source = new();

    /// <summary>The functions that names and patterns mean.</summary>
    /// <param name="patterns">The names and patterns.</param>
    /// <param name="areAlone">Whether no other probes are traced with them.</param>
    /// <exception cref="BpfException">There is no such function, or it cannot be traced.</exception>
    public IReadOnlyList<TracedProbe> Find(IReadOnlyList<ProbePattern> patterns, bool areAlone)
    {
        var named = patterns.Where(pattern => pattern.Matches is null).Select(pattern => pattern.Text).Distinct().ToArray();
        var matching = patterns.Where(pattern => pattern.Matches is not null).SelectMany(Matching).Except(named).Distinct().ToArray();
        if (areAlone && named.Length == 0 && matching.Length >= FewestAtOnce && ProbeSupport.WhyNot(Multi) is null)
        {
            var list = KernelFunctionList.Shared;
            var atOnce = matching.Where(name => list.IsTraceable(name) == true && list.Find(name) is { Count: 1 }).ToArray();
            if (atOnce.Length > 0)
            {
                return [FunctionProbes.OfKernelAtOnce(string.Join(",", patterns.Select(pattern => pattern.Text)), atOnce, textBytes)];
            }
        }
        return [.. named.Select(Named), .. Attachable(matching)];
    }

    private static IEnumerable<string> Matching(ProbePattern pattern)
    {
        // What the compiler made of a function, such as name.isra.0, is meant only when it is named itself.
        var found = s_source.Names().Where(name => pattern.Matches!(name) && !name.Contains('.', StringComparison.Ordinal)).ToArray();
        return found.Length > 0 ? found : throw new BpfException(BpfErrorKind.NotFound,
            $"There is no function of the kernel whose name matches '{VisibleText.Escape(pattern.Text)}'.",
            BpfRemedy.To(BpfAdvice.ListProbes));
    }

    private IEnumerable<TracedProbe> Attachable(string[] names)
    {
        var found = names.Select(s_source.Find).OfType<BpfProbe>().ToArray();
        return found.Length == 0 || found.Any(probe => probe.CanAttach) ? found.Where(probe => probe.CanAttach).Select(Probe)
            : throw Refused(found[0]);
    }

    private TracedProbe Named(string name)
    {
        var probe = s_source.Find(name) ?? throw Missing(name);
        return probe.CanAttach ? Probe(probe) : throw Refused(probe);
    }

    private TracedProbe Probe(BpfProbe probe)
    {
        var types = KernelProbeTypes.Shared;
        var prototype = probe.Module is null && types.Function(probe.Name) is { } function
            ? types.All[function.Target] as BtfFunctionPrototype : null;
        var arguments = prototype is null ? null : FunctionArguments.Of(prototype, types);
        var result = prototype is null ? null : FunctionArguments.Result(prototype, types);
        // Arguments on the stack and structs that are handed over by value have their places in registers of neither way, and a function
        // with "..." in its list is not for fentry.
        var isPlain = arguments is not null && arguments.Count <= FunctionRegisters.Count && arguments.All(IsInRegister)
            && prototype!.Parameters.All(parameter => parameter.Value != 0);
        return probe.AttachedBy == "fentry" && (isPlain || ProbeSupport.WhyNot("kprobe") is not null)
            ? FunctionProbes.OfKernelTyped(probe.Name, arguments!, result, textBytes)
            : FunctionProbes.OfKernel(probe.Name, arguments?.Take(FunctionRegisters.Count).TakeWhile(IsInRegister).ToArray(), result,
                textBytes);
    }

    private static bool IsInRegister(ProbeArgument argument) => argument.Kind is not (ArgumentKind.Opaque or ArgumentKind.Struct);

    private static BpfException Refused(BpfProbe probe) => new(BpfErrorKind.NotSupported,
        $"The function '{VisibleText.Escape(probe.Name)}' of the kernel cannot be traced here: {VisibleText.Escape(probe.Reason!)}.",
        BpfRemedy.To(BpfAdvice.ListProbes));

    private static BpfException Missing(string name)
    {
        var names = s_source.Names();
        var changed = names.Where(one => one.StartsWith($"{name}.", StringComparison.Ordinal)).Take(Suggestions).ToArray();
        if (changed.Length > 0)
        {
            return new BpfException(BpfErrorKind.NotFound,
                $"The compiler made other functions of '{VisibleText.Escape(name)}', whose arguments are not those of the source.",
                $"Name one of them: {VisibleText.Escape(string.Join(", ", changed))}.", (int)BpfErrno.ENOENT);
        }
        if (KernelProbeTypes.Shared.Function(name) is not null)
        {
            return new BpfException(BpfErrorKind.NotFound,
                $"The function '{VisibleText.Escape(name)}' has no code of its own in this kernel: the compiler put it into the functions "
                    + "that call it (inlining).", "Trace a function that calls it.", (int)BpfErrno.ENOENT);
        }
        return ProbeErrors.NotFound(s_source.Word, name, [.. names]);
    }
}
