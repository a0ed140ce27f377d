using System.Text;
using BpfPS.Core.Tests.Support;
using BpfPS.Records;

namespace BpfPS.Core.Tests.Measuring;

/// <summary>A record to be measured, as a struct and as its bytes.</summary>
internal sealed record MeasuredSample
{
    private const int Room = 56;

    public static RecordClass Class { get; } = Make();

    public string Comm { get; init; } = "";

    public uint Uid { get; init; }

    public uint Size { get; init; }

    public long Change { get; init; }

    public ulong Large { get; init; }

    public long Wait { get; init; }

    public double Real { get; init; }

    public static MeasuredSample Random(Random random) => new()
    {
        Comm = "abcd"[..random.Next(1, 5)], Uid = (uint)random.Next(3), Size = (uint)random.NextInt64(uint.MaxValue),
        Change = random.NextInt64(-1_000_000, 1_000_000), Large = (ulong)random.NextInt64() * 2, Wait = random.NextInt64(1_000_000_000),
        Real = random.NextDouble() * 10,
    };

    public byte[] Bytes
    {
        get
        {
            var bytes = new byte[Room];
            Encoding.ASCII.GetBytes(Comm).CopyTo(bytes, 0);
            BitConverter.GetBytes(Uid).CopyTo(bytes, 8);
            BitConverter.GetBytes(Size).CopyTo(bytes, 12);
            BitConverter.GetBytes(Change).CopyTo(bytes, 16);
            BitConverter.GetBytes(Large).CopyTo(bytes, 24);
            BitConverter.GetBytes(Wait).CopyTo(bytes, 32);
            BitConverter.GetBytes(Real).CopyTo(bytes, 40);
            return bytes;
        }
    }

    private static RecordClass Make()
    {
        var btf = new BtfBuilder();
        var (u32, u64, s64) = (btf.Int("u32", 4), btf.Int("u64", 8), btf.Int("s64", 8, signed: true));
        var text = btf.Array(btf.Int("char", 1), 8);
        var type = btf.Struct("sample", Room, new Member("comm", text, 0), new Member("uid", u32, 64), new Member("size", u32, 96),
            new Member("change", s64, 128), new Member("large", u64, 192),
            new Member("wait", btf.Typedef("bpfps_duration_t", u64), 256),
            new Member("real", btf.Float("double", 8), 320), new Member("time", btf.Typedef("bpfps_time_t", u64), 384));
        return RecordClasses.ForEvent(btf.Parse(), type);
    }
}
