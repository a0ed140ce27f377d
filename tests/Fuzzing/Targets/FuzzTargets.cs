namespace BpfPS.Fuzzing.Targets;

/// <summary>All targets. Together they try a million inputs in a nightly run.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        ObjectTargets.Reading, ObjectTargets.Debug, ObjectTargets.Needs, ObjectTargets.Starting, BtfTargets.Types, BtfTargets.Extension,
        FileTargets.Exports, FileTargets.Captures, FileTargets.PerfMaps, FileTargets.MemoryMaps, TextTargets.VerifierLogs,
        TextTargets.CTypes, TextTargets.TraceLogs,
    ];
}
