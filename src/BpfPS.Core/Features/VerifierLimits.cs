using BpfPS.Native;

namespace BpfPS.Features;

/// <summary>The capabilities of the verifier and the instruction set, tested with programs that need them.</summary>
internal static class VerifierLimits
{
    private const ulong Exit = 0x95;
    private const ulong ClearR0 = 0xb7; // r0 = 0

    private static readonly (string Name, string Since, string Meaning, ulong[] Instructions)[] s_all =
    [
        ("large_instruction_limit", "5.2", "programs of more than 4096 instructions", [.. Enumerable.Repeat(ClearR0, 4096), ClearR0, Exit]),
        // r0 = 10; r0 -= 1; if r0 != 0 goto -2; exit
        ("bounded_loops", "5.3", "bounded loops", [0x0000_000a_0000_00b7, 0x0000_0001_0000_0017, 0x0000_0000_fffe_0055, Exit]),
        // r0 = 0; if r0 < 2 goto +1; r0 = 1; exit
        ("isa_v2", "4.14", "version 2 of the instruction set: less-than jumps (-mcpu=v2)",
            [ClearR0, 0x0000_0002_0001_00a5, 0x0000_0001_0000_00b7, Exit]),
        // r0 = 0; if w0 < 2 goto +1; r0 = 1; exit
        ("isa_v3", "5.1", "version 3 of the instruction set: 32-bit jumps (-mcpu=v3)",
            [ClearR0, 0x0000_0002_0001_00a6, 0x0000_0001_0000_00b7, Exit]),
        // r1 = 0; r0 = (s8)r1; exit. Not a long jump, because Linux 6.1 accepts one of length 0.
        ("isa_v4", "6.6", "version 4 of the instruction set: long jumps, sign extension, signed division (-mcpu=v4)",
            [0x0000_0000_0000_01b7, 0x0000_0000_0008_10bf, Exit]),
    ];

    public static IEnumerable<string> Names => s_all.Select(limit => limit.Name);

    public static BpfFeature Row(string name)
    {
        var (_, since, meaning, instructions) = s_all.First(limit => limit.Name == name);
        var result = Try(instructions);
        return new BpfFeature(BpfFeatureCategory.Verifier, name, result.Support, result.Support switch
        {
            BpfSupport.Yes => meaning,
            BpfSupport.No => $"this kernel does not support {meaning}; that requires Linux {since} or later",
            _ => result.Reason,
        }) { Since = Version.Parse(since) };
    }

    private static ProbeResult Try(ulong[] instructions)
    {
        // The program type is as old as BPF, so a rejection is about the instructions.
        var kind = ProgramKind.All.First(kind => kind.Name == "socket_filter");
        var plain = ProgramTypes.Probe(kind.Number);
        if (plain.Support != BpfSupport.Yes)
        {
            return plain;
        }
        // Without a log, because the log of a long program does not fit, which is an error of its own (ENOSPC).
        var result = ProgramProbe.Load(new LoadRequest(kind.Number) { Instructions = instructions, IsQuiet = true }, out _);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
            return ProbeResult.Yes;
        }
        return (BpfErrno)(-result) is BpfErrno.EINVAL or BpfErrno.E2BIG
            ? ProbeResult.No("")
            : ProbeResult.Refused(-result, kind.Needs, "loading a program that needs it");
    }
}
