using BpfPS.Files;
using BpfPS.Host;

namespace BpfPS.Features;

/// <summary>The object file that ships for the probes: its programs ask the kernel what it supports (bpf/feature.bpf.c).</summary>
internal static class KernelQuestions
{
    /// <summary>The name of the object file, beside the tools.</summary>
    internal const string ProgramName = "feature";

    /// <summary>Opens the object file; every probe loads its own copy.</summary>
    /// <exception cref="BpfException">The file is not among the shipped files, or libbpf is missing.</exception>
    public static ObjectFile Open() => ObjectFile.Open(ShippedFiles.ObjectPath(ProgramName), ProgramName, logger: null);
}
