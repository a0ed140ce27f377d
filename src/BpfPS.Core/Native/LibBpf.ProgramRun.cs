using System.Runtime.InteropServices;

namespace BpfPS.Native;

// bpf.h: statistics and test runs.
internal static unsafe partial class LibBpf
{
    /// <summary>BPF_STATS_RUN_TIME of enum bpf_stats_type.</summary>
    internal const int StatisticsOfRunTime = 0;

    /// <summary>Turns the kernel's statistics on for as long as the returned descriptor is open.</summary>
    [LibraryImport(Library)] internal static partial int bpf_enable_stats(int type);
    [LibraryImport(Library)] internal static partial int bpf_prog_test_run_opts(FileDescriptor program, TestRunRequest* options);
}
