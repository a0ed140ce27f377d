using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// One thing that has a program's variables, as a parameter takes it: a started object or a tool by its name, a program or a
/// map by its name, id or pin, any of them as an object, or a file.
/// </summary>
/// <param name="value">The name, the id, the path, the object, or whatever leads to it.</param>
public sealed class ObjectReference(object value) : ThingReference(value)
{
    /// <summary>The maps of the object or program, or the map: global variables are in them.</summary>
    /// <exception cref="BpfException">There is no such thing.</exception>
    internal IReadOnlyList<BpfMap> Maps() => Text switch
    {
        null => MapsOf(PSObject.AsPSObject(Value)),
        { } path when path.StartsWith('/') => [.. PinPlace.Of(path).Pins().SelectMany(pin => MapsOf(PSObject.AsPSObject(pin)))],
        { } name => Named(name),
    };

    /// <summary>The tool's name or file that it was, or is to be, started from.</summary>
    /// <exception cref="BpfException">It is not a name, a file or a started object.</exception>
    internal string Source() => Value switch
    {
        string name => name,
        FileSystemInfo file => file.FullName,
        BpfObject obj => obj.Path,
        BpfTool tool => tool.Name,
        _ when SourceOf(PSObject.AsPSObject(Value)) is { Length: > 0 } named => named,
        _ => throw new BpfException(BpfErrorKind.InvalidArgument, $"A {Value.GetType().Name} cannot be used as an object.",
            "Use a tool's name (Get-BpfTool), a file (.bpf.o or .bpf.c), what Build-BpfProgram gives, or a started object (Get-BpfObject)."),
    };

    private static string? SourceOf(PSObject item) =>
        (item.Properties["FullName"] ?? item.Properties["FilePath"] ?? item.Properties["Path"] ?? item.Properties["Name"])?.Value?.ToString();

    private static IReadOnlyList<BpfMap> Named(string name)
    {
        if (Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name).SelectMany(obj => obj.Maps).ToArray() is { Length: > 0 } maps)
        {
            return maps;
        }
        // What somebody else started: a program's or a map's name.
        var programs = BpfProgram.List().Where(program => ProgramResolver.Instance.IsNamed(program, name)).ToArray();
        maps = programs.Length > 0 ? MapsOf(programs) : [.. BpfMap.List().Where(map => MapResolver.Instance.IsNamed(map, name))];
        return maps.Length > 0 ? maps
            : throw new BpfException(BpfErrorKind.NotFound, $"There is no object, program or map named '{VisibleText.Escape(name)}'.",
                "Get-BpfObject lists what this session started, Get-BpfProgram every program.");
    }

    /// <summary>What an object means: a map, or what has maps, as itself; anything else, a number among it, as a program.</summary>
    private static IReadOnlyList<BpfMap> MapsOf(PSObject item) => (ModuleClass.Of(item), $"{item.Properties["Kind"]?.Value}") switch
    {
        (nameof(BpfObject) or nameof(BpfMap), _) or (nameof(BpfPin), nameof(BpfPinKind.Map)) =>
            [.. MapResolver.Instance.ByObject(item).Select(map => map.Thing)],
        (nameof(BpfPin), nameof(BpfPinKind.Link)) => MapsOf(PSObject.AsPSObject(LinkResolver.Instance.Single(item))),
        _ => MapsOf(ProgramResolver.Instance.ByObject(item).Select(program => program.Thing)),
    };

    private static BpfMap[] MapsOf(IEnumerable<BpfProgram> programs) =>
        [.. programs.SelectMany(program => program.MapIds).Distinct().Select(BpfMap.FromId)];
}
