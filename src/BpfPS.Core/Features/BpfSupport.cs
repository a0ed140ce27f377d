namespace BpfPS;

/// <summary>The answer to whether something is possible here.</summary>
public enum BpfSupport
{
    /// <summary>It could not be told; the reason says what stood in the way.</summary>
    Unknown,
    /// <summary>It was tried, and works.</summary>
    Yes,
    /// <summary>It was tried, and the kernel, libbpf or this user's lack of privilege rules it out.</summary>
    No,
}
