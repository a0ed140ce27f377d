namespace BpfPS;

/// <summary>The kind of object that a pin keeps alive.</summary>
public enum BpfPinKind
{
    /// <summary>A map.</summary>
    Map,
    /// <summary>A program.</summary>
    Program,
    /// <summary>A link: a program's attachment.</summary>
    Link,
}
