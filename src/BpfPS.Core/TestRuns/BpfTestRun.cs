using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.TestRuns;

namespace BpfPS;

/// <summary>Runs programs on given data, independently of where they are attached (BPF_PROG_TEST_RUN).</summary>
// unsafe: every buffer is pinned for the call, with the length passed to the kernel.
public static unsafe class BpfTestRun
{
    // A program can enlarge its packet, and a second call with more room would run it again.
    private const int RoomToGrow = 64 * 1024;

    /// <summary>Runs a program. Its writes to maps and other effects are real.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">The input and the options.</param>
    /// <param name="packetNumber">The number of the packet, for the result.</param>
    /// <exception cref="BpfException">The kernel cannot test-run programs of this type, the data or the context does not fit, or
    /// the user has no permission.</exception>
    public static BpfTestRunResult Run(BpfProgram program, BpfTestRunOptions options, int? packetNumber = null)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenProgram(program.Id);
        var kind = TestRunKind.Of(program.Type);
        Check(program, kind, options);
        var context = TestRunContext.Encode(program, fd, kind ?? new TestRunKind(), options.Context, options.Data?.Length ?? 0);

        var isLive = options.Flags.HasFlag(BpfTestRunFlags.XdpLiveFrames);
        var dataOut = kind is { TakesData: true } && !isLive ? new byte[(options.Data?.Length ?? 0) + RoomToGrow] : [];
        // The context of a syscall program is changed in place; the kernel does not accept a separate buffer for it.
        var contextOut = kind is { GivesContext: true, HasOwnContext: false } && context is not null && !isLive
            ? new byte[Math.Max(context.Bytes.Length, context.FullSize)]
            : [];
        int result;
        TestRunRequest request;
        fixed (byte* data = options.Data, outgoing = dataOut, contextBytes = context?.Bytes, contextBack = contextOut)
        {
            request = new TestRunRequest
            {
                Size = (nuint)sizeof(TestRunRequest),
                DataIn = (nint)data,
                DataInLength = (uint)(options.Data?.Length ?? 0),
                DataOut = (nint)outgoing,
                DataOutLength = (uint)dataOut.Length,
                ContextIn = (nint)contextBytes,
                ContextInLength = (uint)(context?.Bytes.Length ?? 0),
                ContextOut = (nint)contextBack,
                ContextOutLength = (uint)contextOut.Length,
                // For types that run only once, the kernel requires 0 here.
                Repeat = kind is { Repeats: true } ? options.Repeat : 0,
                Flags = (uint)(options.Flags | (options.Cpu is null ? 0 : BpfTestRunFlags.RunOnCpu)),
                Cpu = options.Cpu ?? 0,
            };
            result = LibBpf.bpf_prog_test_run_opts(fd, &request);
        }
        if (result < 0)
        {
            throw TestRunErrors.Failed(program, kind, options, -result);
        }
        var output = dataOut.AsSpan(0, (int)Math.Min(request.DataOutLength, (uint)dataOut.Length));
        var contextAfter = kind is { HasOwnContext: true }
            ? context?.Bytes
            : contextOut is []
            ? null
            : contextOut[..(int)Math.Min(request.ContextOutLength, (uint)contextOut.Length)];
        var shape = context?.Shape;
        if (kind?.Result is { } name)
        {
            shape = TestRunContext.ShapeOf(KernelBtf.Kernel, KernelBtf.Kernel.Find<Btf.BtfComposite>(name)?.Id);
            contextAfter = output.ToArray();
        }
        int? returned = isLive ? null : unchecked((int)request.ReturnValue);
        return new BpfTestRunResult
        {
            Id = program.Id,
            Name = program.Name,
            Type = program.Type,
            PacketNumber = packetNumber,
            ReturnValue = returned,
            ReturnName = returned is { } number ? ReturnNames.Find(program.Type, number) : null,
            Data = kind is { TakesData: true, Result: null } && !isLive ? output.ToArray() : null,
            Context = contextAfter is null ? null : TestRunContext.Decode(shape, contextAfter),
            ContextBytes = contextAfter,
            Repeat = options.Repeat,
            NanosecondsPerRun = kind is { Repeats: true } && !isLive ? request.DurationNanoseconds : null,
        };
    }

    /// <summary>Checks for input that the kernel would refuse without an explanation.</summary>
    private static void Check(BpfProgram program, TestRunKind? kind, BpfTestRunOptions options)
    {
        if (kind is null)
        {
            return; // the kernel's own error says more
        }
        (string? problem, BpfRemedy? remedy) = kind switch
        {
            { TakesData: false } when options.Data is not null => ("does not take a packet",
                BpfRemedy.With($"Remove {BpfOption.Data} and {BpfOption.PcapPath}.")),
            { TakesData: true } when options.Data is null => ("requires a packet",
                BpfRemedy.With($"Specify one with {BpfOption.Data} or {BpfOption.PcapPath}.")),
            { TakesData: true } when options.Data!.Length < kind.LeastData =>
                (string.Create(CultureInfo.InvariantCulture,
                    $"requires at least {kind.LeastData} bytes including the Ethernet header, but the packet has {options.Data.Length}"),
                    "Specify the packet with its headers."),
            { Repeats: false } when options.Repeat != 1 => ("can only run once", BpfRemedy.With($"Remove {BpfOption.Repeat}.")),
            { TakesArguments: false } when options.Cpu is not null =>
                ("always runs on the CPU of the caller",
                    BpfRemedy.With($"Remove {BpfOption.Cpu}, or bind the shell to the CPU with taskset.")),
            _ when options.Flags.HasFlag(BpfTestRunFlags.XdpLiveFrames) && program.Type != "xdp" =>
                ("does not support live frames", "Remove the flag, which is for xdp programs only."),
            _ when options.Flags.HasFlag(BpfTestRunFlags.SkbChecksumComplete) && kind.Context != "__sk_buff" =>
                ("has no socket buffer with a checksum", "Remove the flag, which is for programs with a socket buffer only."),
            _ => (null, null),
        };
        if (problem is not null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"A test run of '{VisibleText.Escape(program.Name)}', of type {program.Type}, {problem}.", remedy);
        }
    }
}
