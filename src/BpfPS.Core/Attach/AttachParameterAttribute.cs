namespace BpfPS.Attach;

/// <summary>The parameter name of an attach option, as the hooks that accept it list it too.</summary>
/// <param name="name">The parameter's name.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AttachParameterAttribute(string name) : Attribute
{
    /// <summary>The parameter's name.</summary>
    public string Name => name;
}
