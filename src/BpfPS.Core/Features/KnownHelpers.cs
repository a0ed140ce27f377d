using System.Runtime.InteropServices;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>Which helpers the kernel has at all, for any program type. bpf/feature.bpf.c runs once to find out.</summary>
// unsafe: the array has the size of the section and is pinned for the look-up.
internal static unsafe class KnownHelpers
{
    private const string Findings = "known";

    private static readonly Lazy<(IReadOnlySet<uint> Known, ProbeResult Result)> s_answer = new(Ask, LazyThreadSafetyMode.PublicationOnly);

    public static ProbeResult Probe(uint number) => s_answer.Value.Result.Support != BpfSupport.Yes ? s_answer.Value.Result
        : s_answer.Value.Known.Contains(number) ? ProbeResult.Yes : ProbeResult.No("this kernel does not have it");

    private static (IReadOnlySet<uint>, ProbeResult) Ask()
    {
        var known = new HashSet<uint>();
        if (KernelTypes.Index is null)
        {
            return (known, ProbeResult.Unknown($"the names of the helpers are in the kernel's BTF, but {KernelTypes.Path} does not exist"));
        }
        using var file = KernelQuestions.Open();
        var result = LibBpf.bpf_object__load(file.Handle);
        if (result < 0)
        {
            return (known, ProbeResult.Refused(-result, ProgramKind.All.First(kind => kind.Name == "syscall").Needs,
                "loading the program that tests the helpers"));
        }
        result = ProbeCalls.bpf_prog_test_run_opts(LibBpf.bpf_program__fd(file.Programs().Single()), 0);
        if (result < 0)
        {
            return (known, ProbeResult.Refused(-result, [Capability.Bpf], "running the program that tests the helpers"));
        }
        var place = file.Types.Variables(".bss").Single(variable => variable.Variable.Name == Findings).Place;
        var map = file.Maps().Single(map => ObjectFile.Text(LibBpf.bpf_map__name(map)).EndsWith(".bss", StringComparison.Ordinal));
        using var descriptor = FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map));
        var section = new byte[LibBpf.bpf_map__value_size(map)];
        var key = 0u;
        fixed (byte* value = section)
        {
            result = LibBpf.bpf_map_lookup_elem(descriptor, &key, value);
        }
        if (result < 0)
        {
            return (known, ProbeResult.Refused(-result, [Capability.Bpf], "reading the results of the program"));
        }
        var findings = section.AsSpan((int)place.Offset, (int)place.Size);
        for (var number = 0; number < findings.Length; number++)
        {
            if (findings[number] != 0)
            {
                known.Add((uint)number);
            }
        }
        return (known, ProbeResult.Yes);
    }
}
