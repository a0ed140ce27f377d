using System.Globalization;
using BpfPS.Btf;
using BpfPS.Files;

namespace BpfPS.Maps;

/// <summary>
/// The structs that the records of a program can be: those of its BTF, and those that only the debug information of its file has.
/// </summary>
/// <param name="types">The BTF of the object or program.</param>
/// <param name="debug">The debug information; null for a program that this session has not started, as its file is not known.</param>
internal sealed class ProgramStructs(BtfTypes types, DebugInformation? debug)
{
    private const int MaximumListed = 20;

    private DebugProblem? _problem;

    /// <summary>What keeps structs that only the code uses from being found, and what to do about it; null if nothing does.</summary>
    public DebugProblem? Problem => debug is null ? DebugProblem.OfOthers : debug.Problem ?? _problem;

    /// <summary>What else can be done about a struct that was not found: a sentence after a blank, or empty.</summary>
    public string Hint =>
        Problem is { } problem ? $" It may be a struct that only the program's code uses, but {problem.What}. {problem.How}" : "";

    /// <summary>The struct that a declaration ties to a ring buffer, or null.</summary>
    /// <param name="map">The ring buffer's name, possibly truncated by the kernel.</param>
    public ProgramStruct? OfRing(string map) =>
        EventTypeFinder.Find(types, map) is { } id ? new(types, id)
        : EventTypeFinder.GadgetStruct(types, map) is { } name ? FindNamed(name) : null;

    /// <summary>The struct that a declaration ties to an iterator, or null.</summary>
    /// <param name="program">The name of the iterator's program.</param>
    /// <exception cref="BpfException">The struct that is declared is not there, so that any other would be wrong.</exception>
    public ProgramStruct? OfIterator(string program) =>
        EventTypeFinder.GadgetIteratorStruct(types, program) is { } name ? Named(name) : null;

    /// <summary>The structs that the program declares as those of its records, for nothing in particular.</summary>
    public IReadOnlyList<ProgramStruct> Declared() => [.. EventTypeFinder.Declared(types).Select(id => new ProgramStruct(types, id))];

    /// <summary>The struct, or the typedef of a struct, with a name.</summary>
    /// <param name="name">The name, with "struct" or without.</param>
    /// <exception cref="BpfException">There is none, or there are several; the error lists the existing ones.</exception>
    public ProgramStruct Named(string name)
    {
        var wanted = Plain(name);
        if (FindNamed(wanted) is { } found)
        {
            return found;
        }
        var own = EventTypeFinder.Own(types, _ => true).Select(one => one.Name)
            .Concat(DebugStructs().Select(one => one.Name)).Distinct().ToArray();
        var near = NearNames.Of(wanted, types.All.OfType<BtfComposite>().Select(type => type.Name).Concat(own).Distinct(), 5);
        throw new BpfException(BpfErrorKind.NotFound, $"The program's type information has no struct '{VisibleText.Escape(name)}'"
            + (Problem is { } problem ? $", and {problem.What}." : "."),
            (near.Count > 0 ? $"Similar names: {Listed(near)}."
            : own is { Length: > 0 } ? $"The program's own structs are: {Listed(own.Take(MaximumListed))}."
            : "It has no struct of its own: declare one in the program, const struct NAME *unused __attribute__((unused)).")
            + (Problem is null ? "" : $" {Problem.How}"));

        static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(VisibleText.Escape));
    }

    /// <summary>The program's own structs whose size in bytes meets a condition.</summary>
    public IReadOnlyList<ProgramStruct> OfSize(Func<uint, bool> fits)
    {
        var kernels = (debug?.Structs ?? []).Where(one => one.IsOfKernelHeader).Select(one => one.Name).ToHashSet();
        var found = EventTypeFinder.Own(types, fits).Where(one => !kernels.Contains(one.Name)).ToArray();
        var known = found.Select(one => (one.Name, one.Size)).ToHashSet();
        return [.. found.Select(one => new ProgramStruct(types, one.Id)),
            .. FromDebug(DebugStructs().Where(one => fits(one.Size) && !known.Contains((one.Name, one.Size))))];
    }

    /// <summary>The structs of the debug information that are declared neither in the kernel's header nor in bpfps.h.</summary>
    private IEnumerable<DebugStruct> DebugStructs() => (debug?.Structs ?? []).Where(one =>
        one is { IsOfKernelHeader: false, IsUnion: false }
        && !one.Name.StartsWith(EventTypeFinder.HeaderPrefix, StringComparison.Ordinal));

    /// <summary>The struct with a name, with "struct" or without; null if there is none.</summary>
    public ProgramStruct? FindOrNull(string name) => FindNamed(Plain(name));

    private static string Plain(string name) => name.StartsWith("struct ", StringComparison.Ordinal) ? name[7..] : name;

    private ProgramStruct? FindNamed(string name)
    {
        if (EventTypeFinder.FindNamed(types, name) is { } id)
        {
            return new(types, id);
        }
        var several = debug?.Structs.Where(one => one.Name == name).ToArray() ?? [];
        if (several.Length == 0)
        {
            return null;
        }
        var (made, ids) = debug!.Convert(several);
        return Distinct(made, ids) switch
        {
            [var only] => only,
            var different => throw new BpfException(BpfErrorKind.InvalidArgument, string.Create(CultureInfo.InvariantCulture,
                $"The debug information has {different.Length} different structs named '{VisibleText.Escape(name)}', of ")
                    + string.Join(" and ", different.OrderBy(one => one.Size).Select(one => $"{one.Size} bytes")) + ".",
                "Give each of them a name of its own in the program."),
        };
    }

    /// <summary>Structs of the debug information that are not the kernel's.</summary>
    private ProgramStruct[] FromDebug(IEnumerable<DebugStruct> structs)
    {
        var wanted = structs.ToArray();
        if (wanted.Length == 0)
        {
            return [];
        }
        try
        {
            var (made, ids) = debug!.Convert(wanted);
            return Distinct(made, ids.Where(id => EventTypeFinder.IsOwn(made, made[id])));
        }
        catch (BpfException e)
        {
            _problem = DebugProblem.Unreadable((e.InnerException ?? e).Message.TrimEnd('.'));
            return [];
        }
    }

    /// <summary>One of all that have the same name and the same members: what several files or functions use is there often.</summary>
    private static ProgramStruct[] Distinct(BtfTypes made, IEnumerable<uint> ids) =>
        [.. ids.Distinct().Select(id => new ProgramStruct(made, id))
            .DistinctBy(one => (one.ToString(), one.Size, CDefinition.Of(made, one.Id)))];
}
