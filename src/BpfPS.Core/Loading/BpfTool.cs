using BpfPS.Btf;
using BpfPS.Features;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Programs;

namespace BpfPS;

/// <summary>A program that ships with the module.</summary>
public sealed class BpfTool
{
    private const string LicenceVariable = "LICENSE"; // on which BPFPS_TOOL and BPFPS_HELP put what they say

    // These ship in the same directory, but the engine uses them itself; users cannot start them.
    private static readonly string[] s_internal = [HolderIterator.ProgramName, KernelQuestions.ProgramName];

    private BpfTool(string path)
    {
        var obj = BpfObjectSpec.Read(path);
        Name = obj.Name;
        Path = path;
        Variables = obj.Variables;
        Programs = obj.Programs;
        Maps = obj.Maps.Where(map => map.Type != "ringbuf" && !map.IsInternal).Select(map => map.Name).ToArray();
        string[] said = [.. obj.Types.All.OfType<BtfVariable>().Where(variable => variable.Name == LicenceVariable)
            .SelectMany(variable => obj.Types.Tags(variable.Id))];
        (Summary, Question, Example, Omitted, Cost) = (Said("summary"), Said("question"), Said("example"), Said("omitted"), Said("cost"));
        EventType = obj.Maps.Where(map => map.Type == "ringbuf")
            .Select(map => EventTypeFinder.Find(obj.Types, map.Name) ?? (EventTypeFinder.Declared(obj.Types) is [var only] ? only : null))
            .Where(id => id is not null).Select(id => obj.Types.Describe(id!.Value)).FirstOrDefault();

        string Said(string what) => said.FirstOrDefault(tag => tag.StartsWith($"bpfps:{what}=", StringComparison.Ordinal)) is { } tag
            ? tag[(tag.IndexOf('=') + 1)..] : "";
    }

    /// <summary>The directory of the shipped object files; the module sets it on import.</summary>
    public static string Directory
    {
        get => ShippedFiles.Directory;
        set => ShippedFiles.Directory = value;
    }

    /// <summary>Its name, by which it can be started.</summary>
    public string Name { get; }

    /// <summary>What it is for.</summary>
    public string Summary { get; }

    /// <summary>The question that it answers; empty if its source does not say.</summary>
    public string Question { get; }

    /// <summary>A command that uses it.</summary>
    public string Example { get; }

    /// <summary>What it does not see.</summary>
    public string Omitted { get; }

    /// <summary>What it costs, as its author measured.</summary>
    public string Cost { get; }

    /// <summary>The struct of its events; null if it has no events.</summary>
    public string? EventType { get; }

    /// <summary>The maps that hold its results.</summary>
    public IReadOnlyList<string> Maps { get; }

    /// <summary>Its variables, which can be set when it starts.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; }

    /// <summary>Its programs and where they attach.</summary>
    public IReadOnlyList<BpfProgramSpec> Programs { get; }

    /// <summary>Its object file.</summary>
    public string Path { get; }

    /// <summary>The names of the shipped tools, without opening them.</summary>
    public static IReadOnlyList<string> Names => System.IO.Directory.Exists(Directory)
        ? System.IO.Directory.EnumerateFiles(Directory, $"*{ShippedFiles.ObjectEnding}")
            .Select(path => System.IO.Path.GetFileName(path)[..^ShippedFiles.ObjectEnding.Length]).Except(s_internal)
                .Order(StringComparer.Ordinal).ToArray()
        : [];

    /// <summary>Returns the tool with a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="BpfException">There is no such tool; the error lists the existing ones.</exception>
    public static BpfTool Get(string name) => new(FindPath(name));

    /// <summary>Returns the object file of the tool with a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="BpfException">There is no such tool; the error lists the existing ones.</exception>
    public static string FindPath(string name)
    {
        // Look the name up in the list instead of building a path from it, so that it cannot lead out of the directory.
        var known = Names.FirstOrDefault(tool => tool.Equals(name, StringComparison.OrdinalIgnoreCase));
        return known is not null
            ? ShippedFiles.ObjectPath(known)
            : throw new BpfException(BpfErrorKind.NotFound, $"There is no tool named '{VisibleText.Escape(name)}'.",
                $"The tools are: {string.Join(", ", Names)}. "
                    + $"Specify a file by its path: ./{VisibleText.Escape(System.IO.Path.GetFileName(name))}.bpf.o");
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
