namespace BpfPS.Commands;

/// <summary>
/// References to what can be read: what this session has started, by name with wildcards; or a tool or a file, which is
/// started for the reading.
/// </summary>
internal abstract class SourceResolver : ReferenceResolver<ReadSource>
{
    /// <inheritdoc/>
    public override string ListedBy => "Get-BpfObject or Get-BpfTool";

    /// <inheritdoc/>
    public override IEnumerable<ReadSource> All() => BpfSession.Objects.Select(ReadSource.Of);

    /// <inheritdoc/>
    public override IReadOnlyList<Reference<ReadSource>> ByName(string name, object? target = null)
    {
        target ??= name;
        if (ObjectSource.IsFile(name))
        {
            return [new(new ReadSource(name), target, IsExplicit: true)];
        }
        var isPattern = Wildcards.IsPattern(name);
        Reference<ReadSource>[] started = [.. Wildcards.Matching(BpfSession.Objects, name, obj => obj.Name)
            .Select(obj => new Reference<ReadSource>(ReadSource.Of(obj), target, IsExplicit: !isPattern))];
        if (started.Length > 0)
        {
            return started;
        }
        if (BpfTool.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return [new(new ReadSource(name), target, IsExplicit: true)];
        }
        return OfOthers(name, target) is var others && (others.Count > 0 || isPattern) ? others : throw Absent(name);
    }

    /// <summary>A path in bpffs is a pin here as well; any other path is that of a file.</summary>
    public override IReadOnlyList<Reference<ReadSource>> ByNameOrPath(string name) => TakesPath(name) ? ByPath(name) : ByName(name);

    /// <inheritdoc/>
    protected override IReadOnlyList<Reference<ReadSource>> ByFile(FileSystemInfo file) =>
        TakesPath(file.FullName) ? ByPath(file.FullName, file) : ByName(file.FullName, file);

    /// <summary>What else has a name, where no started object and no tool has it.</summary>
    protected virtual IReadOnlyList<Reference<ReadSource>> OfOthers(string name, object target) => [];

    private BpfException Absent(string name) => new(BpfErrorKind.NotFound,
        $"There is no {Noun} named '{VisibleText.Escape(name)}', and no tool.",
        (name.All(char.IsAsciiDigit) ? $"If {name} is an id, use -Id {name}. " : "")
        + $"List what is started with Get-BpfObject. The tools are: {string.Join(", ", BpfTool.Names)}. "
        + $"Specify a file by its path: ./{VisibleText.Escape(name)}.bpf.o");
}
