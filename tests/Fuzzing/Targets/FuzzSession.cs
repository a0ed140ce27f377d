namespace BpfPS.Fuzzing.Targets;

/// <summary>The session that owns what targets put into the kernel.</summary>
internal static class FuzzSession
{
    public static Guid Id { get; } = Guid.NewGuid();
}
