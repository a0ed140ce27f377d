using System.Management.Automation;
using BpfPS.Packets;
using BpfPS.TestRuns;

namespace BpfPS.Commands;

/// <summary>Invoke-BpfProgram: runs programs on given data, outside of where they are attached.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "BpfProgram", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfTestRunResult))]
public sealed class InvokeBpfProgramCommand : ProgramCmdlet
{
    private IReadOnlyList<byte[]>? _packets;

    /// <summary>Packets: byte arrays or hexadecimal text.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Data { get; set; }

    /// <summary>Capture files, whose packets the program is run on; wildcards allowed.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? PcapPath { get; set; }

    /// <summary>The context: a hashtable with members of its struct, bytes, or for raw_tracepoint the arguments.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Context { get; set; }

    /// <summary>How often each is run.</summary>
    [Parameter]
    [ValidateRange(1, 100_000_000)]
    [WholeNumber]
    public int Repeat { get; set; } = 1;

    /// <summary>The CPU to run on, for raw_tracepoint.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CpuCompleter))]
    [WholeNumber]
    public uint? Cpu { get; set; }

    /// <summary>What else the kernel is asked.</summary>
    [Parameter]
    [ValidateSet(BpfTestRunFlagNames.XdpLiveFrames, BpfTestRunFlagNames.SkbChecksumComplete)]
    public string[] Flags { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Data is not null && PcapPath is not null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "Both -Data and -PcapPath say what the packets are.",
                "Give one of the two."), null);
        }
        _packets = Data is null ? null : Require(() => PacketBytes.Parse(PlainValue.Of(Data)!), Data);
    }

    private protected override void ProcessProgram(BpfProgram program, Reference<BpfProgram> reference)
    {
        var target = reference.Target;
        if (!ShouldProcess(program.ToString(), "Test-run"))
        {
            return;
        }
        if (PcapPath is not null)
        {
            foreach (var path in PcapPath)
            {
                foreach (var file in ResolveFiles(path))
                {
                    RunFile(program, target, file);
                }
            }
            return;
        }
        if (_packets is null)
        {
            RunOne(program, target, null, null);
            return;
        }
        for (var i = 0; i < _packets.Count && !StopToken.IsCancellationRequested; i++)
        {
            RunOne(program, target, _packets[i], _packets.Count == 1 ? null : i + 1);
        }
    }

    private void RunFile(BpfProgram program, object target, string path)
    {
        using var packets = Try(() => PacketFile.ReadEthernet(path), path)?.GetEnumerator();
        // A file that is damaged further on gives the packets before that place.
        while (!StopToken.IsCancellationRequested && packets is not null
            && Try(() => packets.MoveNext() ? packets.Current : null, path) is { } packet)
        {
            RunOne(program, target, packet.Data, packet.Number);
        }
    }

    private void RunOne(BpfProgram program, object target, byte[]? data, int? number)
    {
        var options = new BpfTestRunOptions
        {
            Data = data,
            Context = PlainValue.Of(Context),
            Repeat = Repeat,
            Cpu = Cpu,
            Flags = BpfTestRunFlagNames.Parse(Flags),
        };
        if (Try(() => BpfTestRun.Run(program, options, number), target) is { } result)
        {
            WriteObject(result);
        }
    }
}
