using System.Globalization;
using System.Management.Automation;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Commands;

/// <summary>
/// Where an object comes from: the host and its boot, and for an event or entry also its map and what its stack ids mean. It goes along
/// when the object is written to a file or comes from a job or another host, as a set of members that no view and no table shows
/// (BpfPS.types.ps1xml). An id means something only on the host and boot that it came from.
/// </summary>
public static class ObjectOrigin
{
    private const string MemberSet = "BpfOrigin";

    /// <summary>The boot id of this host, which the kernel makes at random when it starts.</summary>
    public static string Boot => MachineBoot.Id;

    /// <summary>The id of the map that an event or entry came from; null if it does not know.</summary>
    /// <param name="record">A live record.</param>
    public static uint? Map(object? record) => Origin(record)?.Carrier.Id;

    /// <summary>The stack ids of an event or entry: "kernel_stack=Kernel user_stack=User"; null if it has none.</summary>
    /// <param name="record">A live record.</param>
    public static string? Stacks(object? record) => ClassOf(record) is { StackFields.Count: > 0 } made
        ? string.Join(' ', made.StackFields.Select(field => $"{field.Name}={field.Meaning switch
        {
            FieldMeaning.KernelStack => BpfStackKind.Kernel,
            _ => BpfStackKind.User,
        }}")) : null;

    /// <summary>The member of an event or entry that says whose user stacks they are; null if there is none.</summary>
    /// <param name="record">A live record.</param>
    public static string? Process(object? record) => ClassOf(record)?.ProcessIdProperty;

    /// <summary>Fails for an object that came from elsewhere: what it names is not here.</summary>
    /// <param name="item">An object that may have lost its class.</param>
    /// <exception cref="BpfException">It is of another host or boot.</exception>
    internal static void RequireHere(PSObject item)
    {
        // What Select-Object left of a remote object has lost its origin, and kept the name of the host.
        var isSelected = item.BaseObject is PSCustomObject && item.Properties["PSComputerName"]?.Value is string { Length: > 0 } computer
            && computer != "localhost" && item.TypeNames.Any(IsOurs) && Member(item, nameof(Boot)) is null;
        if (isSelected || Member(item, nameof(Boot)) is { } boot && boot != Boot)
        {
            throw new BpfException(BpfErrorKind.NotFound,
                $"{Name(item)} is of another host, or of this one before it was last started.",
                "Its ids and paths mean something else here. Use it where it came from, in the same session or with Invoke-Command.");
        }
    }

    private static bool IsOurs(string typeName) => typeName.StartsWith("Deserialized.", StringComparison.Ordinal)
        && typeName.Contains("BpfPS.", StringComparison.Ordinal);

    private static string Name(PSObject item) => ModuleClass.Of(item) switch
    {
        null or nameof(BpfEvent) or nameof(BpfMapEntry) => "The object",
        var known => $"The {known} '{VisibleText.Escape(item.ToString())}'",
    };

    /// <summary>The map that a record which lost its class came from; null if it does not know.</summary>
    /// <exception cref="BpfException">It is of another host or boot, or the map is gone.</exception>
    internal static BpfMap? MapOf(object? item)
    {
        if (item is not PSObject { BaseObject: PSCustomObject } lost)
        {
            return null;
        }
        RequireHere(lost);
        return uint.TryParse(Member(lost, nameof(Map)), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? BpfMap.FromId(id) : null;
    }

    /// <summary>The stack ids of a record that lost its class.</summary>
    /// <param name="item">The record.</param>
    /// <returns>Each id with its kind and the process that the record names; none if it has no stack ids.</returns>
    internal static IEnumerable<(int Id, BpfStackKind Kind, uint? ProcessId)> StacksOf(PSObject item)
    {
        uint? process = Member(item, nameof(Process)) is { } member
            && WholeNumberAttribute.TryReadId(item.Properties[member]?.Value, out var pid) ? pid : null;
        foreach (var part in Member(item, nameof(Stacks))?.Split(' ') ?? [])
        {
            if (part.Split('=') is [var name, var kind] && Enum.TryParse<BpfStackKind>(kind, out var parsed) && Enum.IsDefined(parsed)
                && item.Properties[name]?.Value is { } value && LanguagePrimitives.TryConvertTo<int>(value, out var id))
            {
                yield return (id, parsed, parsed == BpfStackKind.User ? process : null);
            }
        }
    }

    /// <summary>Whether an object is a record that lost its class and has stack ids.</summary>
    internal static bool HasStacks(PSObject item) => item.BaseObject is PSCustomObject && Member(item, nameof(Stacks)) is not null;

    private static string? Member(PSObject item, string name) =>
        (item.Members[MemberSet] as PSMemberSet)?.Properties[name]?.Value?.ToString() is { Length: > 0 } text ? text : null;

    private static RecordOrigin? Origin(object? record) =>
        (PSObject.AsPSObject(record ?? "").BaseObject as BpfRecord)?.Origin as RecordOrigin;

    private static RecordClass? ClassOf(object? record) =>
        PSObject.AsPSObject(record ?? "").BaseObject is BpfRecord { Origin: not null } known ? RecordClasses.Of(known.GetType()) : null;
}
