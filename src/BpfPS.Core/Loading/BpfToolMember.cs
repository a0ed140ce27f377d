namespace BpfPS;

/// <summary>A member of a tool's events or results.</summary>
/// <param name="Name">Its name in C, which is also the property's.</param>
/// <param name="Type">Its type in C, or what its typedef means.</param>
/// <param name="ValueType">The .NET type of the property.</param>
public sealed record BpfToolMember(string Name, string Type, string ValueType)
{
    /// <summary>The name and the .NET type.</summary>
    public override string ToString() => $"{Name} ({ValueType[(ValueType.LastIndexOf('.') + 1)..]})";
}
