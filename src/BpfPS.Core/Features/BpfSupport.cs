namespace BpfPS;

/// <summary>Whether something is possible here.</summary>
public enum BpfSupport
{
    /// <summary>The test was not possible; the reason says why.</summary>
    Unknown,
    /// <summary>The test succeeded.</summary>
    Yes,
    /// <summary>The test failed: the kernel or libbpf does not support it, or this user does not have the privileges.</summary>
    No,
}
