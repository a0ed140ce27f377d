using BpfPS.Attach;
using BpfPS.Btf;
using BpfPS.Features;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Loading;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Programs;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A program that ships with the module, or one of the user's own in a folder of tools.</summary>
public sealed class BpfTool
{
    private const string LicenceVariable = "LICENSE"; // on which BPFPS_TOOL and BPFPS_HELP put what they say

    // These ship in the same directory, but the engine uses them itself; users cannot start them.
    private static readonly string[] s_internal =
        [HolderIterator.ProgramName, KernelQuestions.ProgramName, ShippedFiles.Probe, ShippedFiles.SavedProbe];

    private BpfTool(string name, string path, string objectPath)
    {
        var obj = BpfObjectSpec.Read(objectPath);
        Name = name;
        Path = path;
        ObjectPath = objectPath;
        IsOwn = !ShippedNames.Contains(name);
        Variables = obj.Variables;
        Programs = obj.Programs;
        Maps = obj.Maps.Where(map => map.Type != "ringbuf" && !map.IsInternal).Select(map => map.Name).ToArray();
        TakesTargets = obj.Maps.Any(map => map.Name == TargetMap.Map);
        string[] said = [.. obj.Types.All.OfType<BtfVariable>().Where(variable => variable.Name == LicenceVariable)
            .SelectMany(variable => obj.Types.Tags(variable.Id))];
        (Summary, Question, Example) = (Said("summary"), Said("question"), Said("example"));
        (Omitted, Cost, View) = (Said("omitted"), Said("cost"), Said("view"));
        var structs = obj.Maps.Where(map => map.Type == "ringbuf")
            .Select(map => EventTypeFinder.Find(obj.Types, map.Name) ?? (EventTypeFinder.Declared(obj.Types) is [var only] ? only : null))
            .OfType<uint>().ToArray();
        if (structs.Length > 0)
        {
            EventType = obj.Types.Describe(structs[0]);
            var made = RecordClasses.ForEvent(obj.Types, structs[0]);
            EventClass = made.Type.FullName;
            Members = MembersOf(made);
        }
        Results = [.. obj.Maps.Where(map => Maps.Contains(map.Name)).Select(map => Result(obj.Types, map)).OfType<BpfToolResult>()];

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

    /// <summary>
    /// The columns of the view of its events, or of its results if it has no events, NAME or NAME:WIDTH with spaces between them, as its
    /// source says (BPFPS_VIEW); empty for those that fit.
    /// </summary>
    public string View { get; }

    /// <summary>What it costs, as its author measured.</summary>
    public string Cost { get; }

    /// <summary>The struct of its events; null if it has no events.</summary>
    public string? EventType { get; }

    /// <summary>The full name of the class of its events, by which views and types are defined; null if it has no events.</summary>
    public string? EventClass { get; }

    /// <summary>The members of its events, in order.</summary>
    public IReadOnlyList<BpfToolMember> Members { get; } = [];

    /// <summary>Whether it can be restricted to processes, commands, users and cgroups in the kernel.</summary>
    public bool TakesTargets { get; }

    /// <summary>Its programs, and which of them run on this kernel. Looked up when it is asked for.</summary>
    /// <exception cref="BpfException">The file is gone.</exception>
    public IReadOnlyList<BpfToolHook> Hooks
    {
        get
        {
            using var file = ObjectFile.Open(ObjectPath, Name, logger: null);
            var passedOver = Alternatives.Choose(file, new BpfAttachOptions()).ToDictionary(one => one.PassedOver, one => one.Why);
            return file.Programs().Select(pointer => new ProgramToAttach(pointer, file, new BpfAttachOptions()))
                .Where(program => passedOver.ContainsKey(program.Name) || LibBpf.bpf_program__autoload(program.Pointer))
                .Select(program =>
                {
                    var why = passedOver.GetValueOrDefault(program.Name);
                    if (why is null)
                    {
                        KnownSections.Declare(program);
                        why = ProgramAttacher.Look(program)?.Message;
                    }
                    return new BpfToolHook(program.Name, program.SectionInFile, why is null, why);
                }).ToArray();
        }
    }

    /// <summary>The maps that hold its results.</summary>
    public IReadOnlyList<string> Maps { get; }

    /// <summary>
    /// What the entries of these maps are; without those of stacks, and those whose entries depend on the machine, one value for each CPU.
    /// </summary>
    public IReadOnlyList<BpfToolResult> Results { get; }

    /// <summary>Its variables, which can be set when it starts.</summary>
    public IReadOnlyList<BpfVariable> Variables { get; }

    /// <summary>Its programs and where they attach.</summary>
    public IReadOnlyList<BpfProgramSpec> Programs { get; }

    /// <summary>Its object file, or the C source that it is compiled from.</summary>
    public string Path { get; }

    /// <summary>Whether it is the user's own, and not shipped.</summary>
    public bool IsOwn { get; }

    private string ObjectPath { get; }

    /// <summary>The names of the shipped tools and of the user's own, without opening them. A shipped tool goes first.</summary>
    public static IReadOnlyList<string> Names => [.. ShippedNames.Concat(ToolFolders.Own().Keys).Distinct()];

    /// <summary>The names of the shipped tools, without opening them.</summary>
    public static IReadOnlyList<string> ShippedNames => System.IO.Directory.Exists(Directory)
        ? System.IO.Directory.EnumerateFiles(Directory, $"*{ShippedFiles.ObjectEnding}")
            .Select(path => System.IO.Path.GetFileName(path)[..^ShippedFiles.ObjectEnding.Length]).Except(s_internal)
                .Order(StringComparer.Ordinal).ToArray()
        : [];

    /// <summary>Returns the tool with a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="compile">Makes the object file of a C source, for the user's own tools; null to fail for these.</param>
    /// <exception cref="BpfException">There is no such tool; the error lists the existing ones. Or it does not compile.</exception>
    public static BpfTool Get(string name, Func<string, string>? compile = null)
    {
        var path = FindPath(name);
        var known = Names.First(tool => tool.Equals(name, StringComparison.OrdinalIgnoreCase));
        return new(known, path, path.EndsWith(".c", StringComparison.Ordinal) && compile is not null ? compile(path) : path);
    }

    /// <summary>Returns the object file of the tool with a name, or the C source of one of the user's own.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="BpfException">There is no such tool; the error lists the existing ones.</exception>
    public static string FindPath(string name)
    {
        // Look the name up in the list instead of building a path from it, so that it cannot lead out of the directory.
        if (ShippedNames.FirstOrDefault(tool => tool.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } shipped)
        {
            return ShippedFiles.ObjectPath(shipped);
        }
        if (ToolFolders.Own().FirstOrDefault(tool => tool.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value is { } own)
        {
            return own;
        }
        var distrusted = string.Join(", ", ToolFolders.Distrusted());
        throw new BpfException(BpfErrorKind.NotFound, $"There is no tool named '{VisibleText.Escape(name)}'.",
            (distrusted.Length > 0 ? $"Folders that others can change are passed over: {VisibleText.Escape(distrusted)}. " : "")
                + $"The tools are: {VisibleText.Escape(string.Join(", ", Names))}. "
                + $"Specify a file by its path: ./{VisibleText.Escape(System.IO.Path.GetFileName(name))}.bpf.o");
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static BpfToolResult? Result(BtfTypes types, BpfMapSpec map)
    {
        var found = MapTypes.InObject(types, name => name == map.Name);
        if (found is not { KeyId: > 0, ValueId: > 0 } || map.Type is "stack_trace" or "lpm_trie" || map.Type.Contains("percpu"))
        {
            return null;
        }
        var value = RecordClasses.Part(types, found.ValueId, "value");
        var made = RecordClasses.ForEntry(RecordClasses.Part(types, found.KeyId, "key"), value);
        return new BpfToolResult(map.Name, made.Type.FullName!, typeof(BpfHistogramSlot).IsAssignableFrom(made.Type), MembersOf(made),
            [.. ResultCounter.Of(value).Where(one => !one.IsDuration).Select(one => one.Name)],
            [.. made.StackFields.Select(field => field.Name)]);
    }

    private static BpfToolMember[] MembersOf(RecordClass made) =>
        [.. made.Fields.Select(field => Member(field, made.Type.GetProperty(field.Name)!.PropertyType))];

    /// <summary>A member with its type. Of several classes of one tag, all but the first have numbers in their names.</summary>
    private static BpfToolMember Member(Field field, Type type) => new(field.Name, CTypeText.Of(field.Shape), field.Shape switch
    {
        StructShape inner => $"BpfPS.Structs.{inner.Name}",
        EnumShape { Type.Name: { Length: > 0 } tag } => $"BpfPS.Enums.{tag}",
        _ => (Nullable.GetUnderlyingType(type) ?? type).ToString(),
    });
}
