using BpfPS.Files;
using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>The object file that ships for the probes: its programs ask the kernel what it knows (bpf/feature.bpf.c).</summary>
internal static class KernelQuestions
{
    /// <summary>The name of the object file, beside the tools.</summary>
    internal const string ProgramName = "feature";

    /// <summary>Opens it; every probe loads its own copy.</summary>
    /// <exception cref="BpfException">It is not where the shipped files are, or libbpf is missing.</exception>
    public static ObjectFile Open() => ObjectFile.Open(ShippedFiles.ObjectPath(ProgramName), ProgramName, logger: null);
}
