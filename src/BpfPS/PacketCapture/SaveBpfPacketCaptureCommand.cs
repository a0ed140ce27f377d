using System.Management.Automation;
using BpfPS.Captures;

namespace BpfPS.Commands;

/// <summary>Save-BpfPacketCapture: the packets of interfaces, chosen in the kernel, into a capture file.</summary>
[Cmdlet(VerbsData.Save, "BpfPacketCapture", SupportsShouldProcess = true)]
[OutputType(typeof(BpfPacketCapture))]
public sealed class SaveBpfPacketCaptureCommand : BpfCmdlet
{
    private const string Activity = "Capturing packets";

    /// <summary>The file, in the pcapng format.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>The interfaces, wildcards allowed.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Interface { get; set; } = [];

    /// <summary>Only packets that come in, or go out.</summary>
    [Parameter]
    [ValidateSet("Ingress", "Egress")]
    public string? Direction { get; set; }

    /// <summary>Only packets from or to this address.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Address { get; set; }

    /// <summary>Only packets from or to this port.</summary>
    [Parameter]
    [ValidateRange(1, ushort.MaxValue)]
    [WholeNumber]
    public int? Port { get; set; }

    /// <summary>Only packets of this protocol above IP.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProtocolCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Protocol { get; set; }

    /// <summary>The most bytes of a packet that are captured.</summary>
    [Parameter]
    [ValidateRange(1, 16384)]
    [WholeNumber]
    public uint SnapLength { get; set; } = 16384;

    /// <summary>End after so many packets.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    [WholeNumber]
    public long First { get; set; } = long.MaxValue;

    /// <summary>End after so long.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    /// <summary>Replace a file that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var path = Require(() => ResolveFile(Destination), Destination);
        if (!ShouldProcess(path, "Capture packets"))
        {
            return;
        }
        var variables = new Dictionary<string, object>();
        if (Address is not null)
        {
            variables["address"] = Address;
        }
        if (Port is { } port)
        {
            variables["port"] = port;
        }
        if (Protocol is not null)
        {
            variables["protocol"] = Protocol.ToUpperInvariant();
        }
        using var recorder = Require(() => new PacketRecorder(path, Force, new BpfPacketCaptureOptions
        {
            Interfaces = Interface, SnapLength = SnapLength, First = First, Duration = Duration, Variables = variables,
            Direction = Direction is null ? null : Enum.Parse<BpfTrafficDirection>(Direction, ignoreCase: true),
        }, WriteMessage), Destination);
        Require(() => recorder.Run(() => ShowWait(Activity, $"{recorder.Packets} packets in {VisibleText.Escape(path)}"), StopToken),
            Destination);
        ShowWait(Activity, null);
        var result = recorder.Result();
        if (result.Lost > 0)
        {
            WriteWarning($"{result.Lost} packets found no room. Capture fewer with -Address, -Port or -Protocol, or less of each with "
                + "-SnapLength.");
        }
        WriteObject(result);
    }
}
