using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>New-BpfMap: makes a map.</summary>
[Cmdlet(VerbsCommon.New, "BpfMap", SupportsShouldProcess = true)]
[OutputType(typeof(BpfMap))]
public sealed class NewBpfMapCommand : BpfCmdlet
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
    [ValidateNotNullOrEmpty]
    public string? KeyType { get; set; }

    /// <summary>The value's type in C words.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ValueType { get; set; }

    /// <summary>Bytes in a key without a type.</summary>
    [Parameter]
    public uint? KeySize { get; set; }

    /// <summary>Bytes in a value without a type.</summary>
    [Parameter]
    public uint? ValueSize { get; set; }

    /// <summary>How many entries there can be.</summary>
    [Parameter]
    [ValidateRange(1, uint.MaxValue)]
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

    /// <summary>Where to pin it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PinPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string? PinPath { get; set; }

    /// <summary>Who may use the pin, as chmod takes it.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Whose the pin is: user, user:group or :group.</summary>
    [Parameter]
    public string? Owner { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var flags = Require(() => BpfMapFlagNames.Parse(Flags), Flags);
        var definition = new BpfMapDefinition
        {
            Name = Name, Type = Type, KeyType = KeyType, ValueType = ValueType, KeySize = KeySize, ValueSize = ValueSize,
            MaxEntries = MaxEntries, Flags = flags, InnerMap = InnerMap is null ? null : Require(InnerMap.Resolve, InnerMap.Value),
                Session = ShellSession.Current(),
        };
        var access = Require(() => BpfPinAccess.Parse(Mode, Owner), Mode ?? Owner);
        if (access is not null && PinPath is null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "-Mode and -Owner apply to pins, and the map is not to be pinned.",
                "Specify where to pin it with -PinPath."), Name);
        }
        if (!ShouldProcess(Name, PinPath is null ? $"Make map of type {Type}" : $"Make map of type {Type} and pin it at {PinPath}"))
        {
            return;
        }
        if (PinPath is not null && !Require(() => FileSystems.RequireBpf(this), PinPath))
        {
            return;
        }
        WriteObject(Require(() => PinPath is null ? BpfMap.Create(definition) : BpfMap.CreatePinned(definition, PinPath, access), Name));
    }
}
