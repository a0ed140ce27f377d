using System.Diagnostics;
using BpfPS.Packets;
using BpfPS.Records;

namespace BpfPS.Captures;

/// <summary>Starts packetcapture, and writes what it sends to a file until it is told to stop.</summary>
internal sealed class PacketRecorder : IDisposable
{
    private const string Tool = "packetcapture";
    private const int FlushMilliseconds = 1000;
    private const string Outbound = "EGRESS";

    private static readonly DateTime s_epoch = DateTime.UnixEpoch;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly BpfPacketCaptureOptions _options;
    private readonly FileStream _file;
    private readonly BpfObject _started;
    private readonly BpfEventStream _stream;
    private readonly PcapngWriter _writer;
    private readonly Dictionary<uint, string> _names = [];
    private readonly Stopwatch _clock;

    /// <summary>Makes the file and begins to capture.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isReplaced">Whether a file that is there already is replaced.</param>
    /// <param name="options">Which packets.</param>
    /// <param name="messages">Receives libbpf's messages.</param>
    /// <exception cref="BpfException">The file cannot be made, there is no such interface, or the tool does not run here.</exception>
    public PacketRecorder(string path, bool isReplaced, BpfPacketCaptureOptions options, Action<BpfMessageLevel, string> messages)
    {
        _options = options;
        var variables = new Dictionary<string, object>(options.Variables) { ["snaplen"] = options.SnapLength };
        _started = BpfObjectStarter.Start(BpfTool.FindPath(Tool), new BpfStartOptions
        {
            Variables = variables, Attachment = new BpfAttachOptions { Interfaces = options.Interfaces },
            ReadsAtOnce = _ => true, Messages = messages,
        });
        try
        {
            _stream = new BpfEventStream(_started.Maps.First(map => map.SendsEvents));
            _file = Open(path, isReplaced);
            _writer = new PcapngWriter(_file, options.SnapLength, number => _names.GetValueOrDefault(number, ""));
        }
        catch
        {
            _stream?.Dispose();
            _started.Dispose();
            throw;
        }
        _clock = Stopwatch.StartNew();
    }

    /// <summary>How many packets were written.</summary>
    public ulong Packets { get; private set; }

    /// <summary>How many bytes they had on the wire.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>How many found no room; null if that is not known.</summary>
    public ulong? Lost => _stream.Lost;

    /// <summary>Writes packets until the end that the options say, or until it is cancelled.</summary>
    /// <param name="tell">Called now and then.</param>
    /// <param name="stop">Cancels it; what was captured until then is written.</param>
    /// <exception cref="BpfException">The ring cannot be read, or the disk is full; the file has what was written until then.</exception>
    public void Run(Action tell, CancellationToken stop)
    {
        using var cancelling = stop.Register(_stream.Cancel);
        var nextFlush = Environment.TickCount64 + FlushMilliseconds;
        var end = _options.Duration ?? TimeSpan.MaxValue;
        try
        {
            while (!stop.IsCancellationRequested && (long)Packets < _options.First && _clock.Elapsed < end)
            {
                while ((long)Packets < _options.First && _stream.TryRead(out var record))
                {
                    Write(record);
                    if (Environment.TickCount64 >= nextFlush)
                    {
                        break;
                    }
                }
                if (Environment.TickCount64 >= nextFlush)
                {
                    _file.Flush();
                    tell();
                    nextFlush = Environment.TickCount64 + FlushMilliseconds;
                }
                var left = end - _clock.Elapsed;
                _stream.Wait(left < s_look ? left > TimeSpan.Zero ? left : TimeSpan.Zero : s_look);
            }
            // What waits in the ring was captured before the end.
            while ((long)Packets < _options.First && _stream.TryRead(out var record))
            {
                Write(record);
            }
            _writer.Finish(Nanoseconds(DateTime.UtcNow), Packets + (Lost ?? 0), Lost ?? 0);
            _file.Flush();
        }
        catch (IOException e)
        {
            throw new BpfException(BpfErrorKind.OperationFailed, $"Writing '{VisibleText.Escape(_file.Name)}': {e.Message}",
                "What was written until then can be read.", inner: e);
        }
    }

    /// <summary>What is in the file.</summary>
    public BpfPacketCapture Result() => new(_file.Name, Packets, Bytes, Lost, _clock.Elapsed);

    /// <summary>Stops the capture and closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _started.Dispose();
        _file.Dispose();
    }

    private static FileStream Open(string path, bool isReplaced)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = isReplaced ? FileMode.Create : FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read,
                BufferSize = 1 << 16,
                // Packets have what others say to each other.
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(File.Exists(path) && !isReplaced ? BpfErrorKind.AlreadyExists : BpfErrorKind.OperationFailed,
                $"'{VisibleText.Escape(path)}' cannot be made: {VisibleText.Escape(e.Message)}",
                File.Exists(path) && !isReplaced ? BpfRemedy.With($"Specify another file, or {BpfOption.Force} to replace this one.")
                    : null, inner: e);
        }
    }

    private void Write(BpfRecord record)
    {
        var isOutbound = $"{Get(record, "direction")}" == Outbound;
        if (_options.Direction is { } wanted && isOutbound != (wanted == BpfTrafficDirection.Egress))
        {
            return;
        }
        var number = (uint)Get(record, "ifindex")!;
        _names.TryAdd(number, (string)Get(record, "interface")!);
        var length = (uint)Get(record, "length")!;
        var captured = (int)(uint)Get(record, "captured")!;
        var data = (byte[])Get(record, "data")!;
        _writer.Write(number, Convert.ToInt32(Get(record, "link"), System.Globalization.CultureInfo.InvariantCulture),
            Nanoseconds(((DateTime)Get(record, "time")!).ToUniversalTime()), isOutbound, length,
            data.AsSpan(0, Math.Min(captured, data.Length)));
        Packets++;
        Bytes += length;
    }

    private static object? Get(BpfRecord record, string member) => ValueMembers.Get(record, member);

    private static ulong Nanoseconds(DateTime time) => (ulong)(time - s_epoch).Ticks * TimeSpan.NanosecondsPerTick;
}
