using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>Functions of programs and libraries, by path, by the name of a library, or of running processes.</summary>
internal static class UserFunctions
{
    private const int Suggestions = 5;
    private const string Way = "Specify path:function or library:function, such as /usr/bin/bash:readline or libc:getaddrinfo";

    /// <summary>The functions that a name or pattern means.</summary>
    /// <param name="pattern">path:function, library:function, or with processes the function alone.</param>
    /// <param name="processes">The processes whose programs and libraries are meant where no file is named; not for their children.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    /// <exception cref="BpfException">There is no such file, process or function.</exception>
    public static IEnumerable<TracedProbe> Find(ProbePattern pattern, IReadOnlyList<int> processes, uint textBytes)
    {
        var colon = pattern.Text.LastIndexOf(':');
        var name = pattern.Text[(colon + 1)..];
        if (name.Length == 0 || colon == 0)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(pattern.Text)}' does not name a function of a file.", $"{Way}.");
        }
        return colon > 0 ? In(UserFiles.Find(pattern.Text[..colon]), name, pattern.Matches, textBytes)
            : processes.Count > 0 ? processes.SelectMany(process => OfProcess(process, name, pattern.Matches, textBytes))
            : throw new BpfException(BpfErrorKind.InvalidArgument, $"No program or library is named that has '{VisibleText.Escape(name)}'.",
                BpfRemedy.With($"{Way}, or the function alone together with {BpfOption.ProcessId}."));
    }

    private static IEnumerable<TracedProbe> In(string file, string name, Func<string, bool>? matches, uint textBytes)
    {
        var known = ElfSymbols.Functions(file);
        var indirect = ElfSymbols.IndirectFunctions(file).ToHashSet();
        var names = known.Where(one => matches is null ? one == name : matches(one) && !indirect.Contains(one)).ToHashSet();
        if (matches is null && indirect.Contains(name))
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"'{VisibleText.Escape(name)}' in '{VisibleText.Escape(file)}' stands for one of several functions, of which each program "
                    + "chooses one for its CPU when it starts (IFUNC).",
                Near(known.Where(one => one.Contains(name, StringComparison.Ordinal) && !indirect.Contains(one)), name));
        }
        var debug = DebugFunctions.Read(file, names.Count > 0 ? names : new HashSet<string> { name });
        if (names.Count == 0)
        {
            throw Missing(file, name, matches is not null, known, debug.GetValueOrDefault(name)?.IsInlined == true);
        }
        return names.Order(StringComparer.Ordinal).Select(symbol => debug.TryGetValue(symbol, out var function)
            ? FunctionProbes.OfUser(file, symbol, function.Arguments, function.Result, textBytes)
            : FunctionProbes.OfUser(file, symbol, null, null, textBytes));
    }

    /// <summary>The functions in the program of a process or, if that has none, in the first of its libraries that has.</summary>
    private static IEnumerable<TracedProbe> OfProcess(int process, string name, Func<string, bool>? matches, uint textBytes)
    {
        var files = UserFiles.Of(process);
        var file = files.FirstOrDefault(one => ElfSymbols.Functions(one) is var known && (matches is null ? known.Contains(name)
            : known.Any(matches))) ?? (files.Count > 0 ? files[0] : null)
            ?? throw new BpfException(BpfErrorKind.NotFound, $"Process {process} has no program: it ends, or is a thread of the kernel.",
                BpfRemedy.To(BpfAdvice.ListProcesses), (int)BpfErrno.ESRCH);
        return In(file, name, matches, textBytes);
    }

    private static BpfException Missing(string file, string name, bool isPattern, IReadOnlyList<string> known, bool isInlined)
    {
        var place = $"in '{VisibleText.Escape(file)}'";
        return isPattern ? new BpfException(BpfErrorKind.NotFound,
                $"There is no function {place} whose name matches '{VisibleText.Escape(name)}'.")
            : isInlined ? new BpfException(BpfErrorKind.NotFound,
                $"The function '{VisibleText.Escape(name)}' {place} has no code of its own: the compiler put it into the functions that "
                    + "call it (inlining).", "Trace a function that calls it, or build the program without inlining it.")
            : known.Count == 0 ? new BpfException(BpfErrorKind.NotFound, $"There are no names of functions {place}.",
                "It is stripped. Trace a library that it uses, or a build with symbols.")
            : new BpfException(BpfErrorKind.NotFound, $"There is no function '{VisibleText.Escape(name)}' {place}.", Near(known, name));
    }

    private static BpfRemedy? Near(IEnumerable<string> known, string name) => NearNames.Of(name, known, Suggestions) is { Count: > 0 } near
        ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}." : null;
}
