using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// What a parameter takes that means one thing: its name, its id, its pin, the thing itself, or an object that leads to it.
/// PowerShell makes it of whatever is given; what that means is looked up when the cmdlet needs it.
/// </summary>
public abstract class ThingReference
{
    private protected ThingReference(object value) => Value = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    /// <summary>What was given.</summary>
    internal object Value { get; }

    /// <summary>What was given, where it is text.</summary>
    private protected string? Text => Value as string;

    /// <summary>Whether it is a name with wildcards.</summary>
    internal bool IsPattern => Text is { } name && Wildcards.IsPattern(name);

    /// <summary>What was given, as text.</summary>
    public override string ToString() => $"{Value}";
}
