using System.Numerics;
using BpfPS.Btf;

namespace BpfPS.Core.Tests.Support;

/// <summary>A struct of random members, and what a plain reading of the bytes says that each member is.</summary>
internal sealed class RandomStruct
{
    private readonly Random _random;
    private readonly BtfBuilder _btf = new();
    private readonly List<(string Path, uint BitOffset, uint Bits, bool Signed)> _expected = [];

    public RandomStruct(Random random)
    {
        _random = random;
        var (id, size, numbers) = Composite("random", 0);
        (Type, Size) = (id, size);
        _expected.AddRange(numbers);
        Types = _btf.Parse();
    }

    public uint Type { get; }

    public uint Size { get; }

    public BtfTypes Types { get; }

    /// <summary>The numbers in it: the way to each, as properties and indexes, and its value in these bytes.</summary>
    public IEnumerable<(string Path, BigInteger Value)> Numbers(byte[] record)
    {
        var whole = new BigInteger(record, isUnsigned: true);
        foreach (var (path, offset, bits, signed) in _expected)
        {
            var value = (whole >> (int)offset) & ((BigInteger.One << (int)bits) - 1);
            yield return (path, signed && !(value >> (int)(bits - 1)).IsZero ? value - (BigInteger.One << (int)bits) : value);
        }
    }

    private (uint Id, uint Size, List<(string, uint, uint, bool)> Numbers) Composite(string name, int depth)
    {
        var members = new List<Member>();
        var numbers = new List<(string, uint, uint, bool)>();
        uint end = 0;
        var useBitFields = _random.Next(2) == 0;
        for (var i = _random.Next(1, 8); i > 0; i--)
        {
            var member = $"m{members.Count}";
            if (useBitFields && _random.Next(3) == 0)
            {
                var width = (uint)_random.Next(1, 65);
                var signed = _random.Next(2) == 0;
                var start = end * 8 + (uint)_random.Next(8);
                members.Add(new Member(member, _btf.Int("word", 8, signed), start, width));
                numbers.Add((member, start, width, signed));
                end = (start + width + 7) / 8;
                continue;
            }
            end += (uint)_random.Next(3); // padding, and members at odd addresses
            var (id, size, inner) = Value(depth);
            members.Add(new Member(member, id, end * 8));
            numbers.AddRange(inner.Select(n => ($"{member}{n.Path}", n.Offset + end * 8, n.Bits, n.Signed)));
            end += size;
        }
        return (_btf.Struct(name, end, [.. members]), end, numbers);
    }

    private (uint Id, uint Size, List<(string Path, uint Offset, uint Bits, bool Signed)> Numbers) Value(int depth)
    {
        switch (_random.Next(depth < 4 ? 8 : 4))
        {
            case 0 or 1 or 2:
                var size = 1u << _random.Next(4);
                var signed = _random.Next(2) == 0;
                return (_btf.Int("number", size, signed), size, [("", 0, size * 8, signed)]);
            case 3:
                var text = (uint)_random.Next(1, 20);
                return (_btf.Array(_btf.Int("char", 1), text), text, []);
            case 4 or 5:
                var (element, stride, each) = Value(depth + 1);
                var count = (uint)_random.Next(1, 4);
                return (_btf.Array(element, count), stride * count, [.. Enumerable.Range(0, (int)count)
                    .SelectMany(i => each.Select(n => ($"[{i}]{n.Path}", n.Offset + (uint)i * stride * 8, n.Bits, n.Signed)))]);
            default:
                var (id, length, members) = Composite($"inner{_random.Next(3)}", depth + 1);
                return (id, length, [.. members.Select(m => ($".{m.Item1}", m.Item2, m.Item3, m.Item4))]);
        }
    }
}
