using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Invoke-BpfProgram: runs programs on given data, outside of where they are attached.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "BpfProgram", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfTestRunResult))]
public sealed class InvokeBpfProgramCommand : ProgramCmdlet
{
    private const string LiveFrames = "xdp_live_frames";
    private const string WholeChecksum = "skb_checksum_complete";

    private IReadOnlyList<byte[]>? _packets;

    /// <summary>Packets: byte arrays or hexadecimal text.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Data { get; set; }

    /// <summary>Capture files, whose packets the program is run on; wildcards allowed.</summary>
    [Parameter]
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
    public int Repeat { get; set; } = 1;

    /// <summary>The CPU to run on, for raw_tracepoint.</summary>
    [Parameter]
    public uint? Cpu { get; set; }

    /// <summary>What else the kernel is asked.</summary>
    [Parameter]
    [ValidateSet(LiveFrames, WholeChecksum)]
    public string[] Flags { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Data is not null && PcapPath is not null)
        {
            Terminate(new BpfException(BpfErrorKind.InvalidArgument, "Both -Data and -PcapPath say what the packets are.", "Give one of the two."), null);
        }
        _packets = Data is null ? null : Require(() => PacketsOf(PlainValue.Of(Data)!), Data);
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
        using var packets = Try(() => PacketFile.Read(path), path)?.GetEnumerator();
        // A file that is damaged further on gives the packets before that place.
        while (!StopToken.IsCancellationRequested && packets is not null && Try(() => packets.MoveNext() ? packets.Current : null, path) is { } packet)
        {
            if (packet.LinkType != CapturedPacket.Ethernet)
            {
                WriteError(new BpfException(BpfErrorKind.InvalidData, string.Create(CultureInfo.InvariantCulture, $"Packet {packet.Number} of '{VisibleText.Escape(path)}' has no Ethernet header (link type {packet.LinkType})."),
                    "Capture on an Ethernet interface: what the kernel test-runs begins with that header."), path);
                return;
            }
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
            Flags = (Flags.Contains(LiveFrames, StringComparer.OrdinalIgnoreCase) ? BpfTestRunFlags.XdpLiveFrames : 0)
                | (Flags.Contains(WholeChecksum, StringComparer.OrdinalIgnoreCase) ? BpfTestRunFlags.SkbChecksumComplete : 0),
        };
        if (Try(() => BpfTestRun.Run(program, options, number), target) is { } result)
        {
            WriteObject(result);
        }
    }

    /// <summary>A list of numbers is one packet; a list of lists or texts is one packet each.</summary>
    private static IReadOnlyList<byte[]> PacketsOf(object data) => data switch
    {
        byte[] packet => [packet],
        string text => [HexText.Parse(text)],
        IEnumerable list and not IDictionary when list.Cast<object?>().ToArray() is var items => items.All(item => item is byte or short or ushort or int or uint or long) ? [Bytes(items)] : [.. items.Select(Packet)],
        _ => throw Misfit(data),
    };

    private static byte[] Packet(object? item) => item switch
    {
        byte[] packet => packet,
        string text => HexText.Parse(text),
        IEnumerable list and not IDictionary => Bytes(list.Cast<object?>().ToArray()),
        _ => throw Misfit(item),
    };

    private static byte[] Bytes(object?[] numbers) => Array.ConvertAll(numbers, number =>
        LanguagePrimitives.TryConvertTo<byte>(number, out var value) && number is not string ? value : throw Misfit(number));

    private static BpfException Misfit(object? data) => new(BpfErrorKind.InvalidArgument, $"'{VisibleText.Escape(Convert.ToString(data, CultureInfo.InvariantCulture) ?? "")}' is no packet and no byte of one.",
        "Give a byte array, hexadecimal text, or a list of these.");
}
