using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>New-BpfMap: makes a map.</summary>
[Cmdlet(VerbsCommon.New, "BpfMap", SupportsShouldProcess = true)]
[OutputType(typeof(BpfMap))]
public sealed class NewBpfMapCommand : PinningCmdlet
{
    /// <summary>Its name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Its type in libbpf's words.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapTypeCompleter))]
    public string Type { get; set; } = "hash";

    /// <summary>The key's type in C words.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TypeNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? KeyType { get; set; }

    /// <summary>The value's type in C words.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TypeNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? ValueType { get; set; }

    /// <summary>Bytes in a key without a type.</summary>
    [Parameter]
    [WholeNumber]
    public uint? KeySize { get; set; }

    /// <summary>Bytes in a value without a type.</summary>
    [Parameter]
    [WholeNumber]
    public uint? ValueSize { get; set; }

    /// <summary>How many entries there can be.</summary>
    [Parameter]
    [ValidateRange(1, uint.MaxValue)]
    [WholeNumber]
    public uint? MaxEntries { get; set; }

    /// <summary>Flags, by the kernel's names.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapFlagCompleter))]
    public string[] Flags { get; set; } = [];

    /// <summary>For maps of maps: one like those that are put in, by name, id, pin, or as an object.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MapNameCompleter))]
    [ValidateNotNull]
    public MapReference? InnerMap { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Try(Wanted, Name) is not { } wanted
            || !ShouldProcess(Name, PinPath is null ? $"Make map of type {Type}" : $"Make map of type {Type} and pin it at {PinPath}"))
        {
            return;
        }
        var made = Try(() => PinPath is null ? BpfMap.Create(wanted.Definition)
            : FileSystems.RequireBpf(this) ? BpfMap.CreatePinned(wanted.Definition, PinPath, wanted.Access) : null, Name);
        if (made is null)
        {
            return;
        }
        if (PinPath is not null)
        {
            FileSystems.WarnOfPrivate(this, PinPath);
        }
        WriteObject(made);
    }

    private WantedMap Wanted() => new(new BpfMapDefinition
    {
        Name = Name, Type = Type, KeyType = KeyType, ValueType = ValueType, KeySize = KeySize, ValueSize = ValueSize,
        MaxEntries = MaxEntries, Flags = BpfMapFlagNames.Parse(Flags), InnerMap = InnerMap?.Resolve(), Session = ShellSession.Current(),
    }, PinAccess(PinPath is not null, "-PinPath"));

    private sealed record WantedMap(BpfMapDefinition Definition, BpfPinAccess? Access);
}
