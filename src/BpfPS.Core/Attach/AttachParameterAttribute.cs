namespace BpfPS;

/// <summary>What an option of attaching is called as a parameter; the hooks that take it call it so too.</summary>
/// <param name="name">The parameter's name.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AttachParameterAttribute(string name) : Attribute
{
    /// <summary>The parameter's name.</summary>
    public string Name => name;
}
