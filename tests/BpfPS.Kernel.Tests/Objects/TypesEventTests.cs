using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>tests/bpf/types.bpf.c: the values stand in the comments behind the members.</summary>
public class TypesEventTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void Every_member_has_the_value_that_the_source_says()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        using var stream = new BpfEventStream(obj.Map("events"));
        var before = DateTime.Now;
        Live.Getppid();
        var after = DateTime.Now;
        var record = Assert.Single(Live.ReadUntil(stream, events => events.Count > 0));

        var expected = new Dictionary<string, object>
        {
            ["u8"] = (byte)0x81, ["s8"] = (sbyte)-2, ["u16"] = (ushort)0x8182, ["s16"] = (short)-515, ["u32"] = 0x81828384u,
                ["s32"] = -84148995,
            ["u64"] = 0x8182838485868788ul, ["s64"] = -361417177322424579L,
            ["u128"] = (BigInteger)new UInt128(0x8182838485868788, 0x0102030405060708), ["s128"] = (BigInteger)(-2),
            ["letter"] = (sbyte)'A', ["yes"] = true, ["no"] = false,
            ["text"] = "hello", ["full"] = "0123456789abcdef", ["control"] = "a\u001b[1m\n",
            ["numbers"] = new[] { 1, -2, 3, -4 }, ["raw"] = new byte[] { 0xde, 0xad, 0xbe, 0xef, 0 },
            ["inner_first"] = 0x0a0b0c0du, ["inner_second"] = 0x1a1b1c1du, ["as_u64"] = 0x4142434445464748ul, ["as_text"] = "HGFEDCBA",
            ["bit1"] = 1u, ["bits3"] = 5u, ["signed5"] = -11, ["bits17"] = 87381u, ["bits33"] = 7158278826ul, ["signed20"] = -300000,
                ["flag"] = 1u,
            ["pointer"] = 0xffff888000001234ul, ["to_point"] = 0x1000ul, ["real"] = 1.5, ["small_real"] = -0.25f,
            ["duration"] = TimeSpan.FromTicks(12345678), ["ipv4"] = IPAddress.Parse("192.0.2.1"),
                ["ipv6"] = IPAddress.Parse("2001:db8::1:2"), ["port"] = (ushort)443,
            ["mac"] = PhysicalAddress.Parse("02:00:5e:10:00:ff"), ["failure"] = BpfErrno.ENOENT, ["positive_failure"] = BpfErrno.EACCES,
            ["cgroup"] = OwnCgroup(), ["pid"] = (uint)Environment.ProcessId, ["kernel_stack"] = -14, ["user_stack"] = -17,
            ["be16"] = (ushort)0x1234, ["be32"] = 0x12345678u, ["be64"] = 0x123456789abcdef0ul, ["strings"] = new[] { "one", "", "three" },
        };
        foreach (var (member, value) in expected)
        {
            Assert.True(Equals(value, Live.Get(record, member)) || value is Array array
                && array.Cast<object>().SequenceEqual(((Array)Live.Get(record, member)!).Cast<object>()),
                $"{member} is {RecordText.Format(Live.Get(record, member))} ({Live.Get(record, member)!.GetType()}), "
                    + $"{RecordText.Format(value)} expected");
        }
        Assert.Equal([[11, 12, 13], [21, 22, 23]], Live.Get<ushort[][]>(record, "matrix"));
        Assert.Equal("x=-7 y=8 z=-9", $"{Live.Get(record, "point")}");
        Assert.Equal(["x=1 y=-1 z=100000", "x=2 y=-2 z=-100000"],
            ((Array)Live.Get(record, "points")!).Cast<object>().Select(point => $"{point}"));
        Assert.Equal("whole=67305985 bytes=01020304 halves={low=513 high=1027}", $"{Live.Get(record, "number")}");
        Assert.Equal(["COLOUR_BLUE", "77", "TEMPERATURE_COLD"],
            ((string[])["colour", "unnamed_colour", "temperature"]).Select(member => Live.Get(record, member)!.ToString()));
        Assert.InRange(Live.Get<DateTime>(record, "time"), before.AddMilliseconds(-5), after.AddMilliseconds(5));
        string[] others = ["matrix", "point", "points", "number", "colour", "unnamed_colour", "temperature", "time"];
        var rest = record.GetType().GetProperties().Select(property => property.Name).Except(expected.Keys).Except(others).ToArray();
        // An enum of 64 bits is only there when the compiler can say it in BTF, where bpftool sees it then.
        var hasLongEnums = Command.Output("bpftool", "btf", "dump", "file", Repository.TestProgram("types"))
            .Contains("'distance'", StringComparison.Ordinal);
        Assert.Equal(hasLongEnums ? ["distance"] : [], rest);
        Assert.Equal(hasLongEnums ? "DISTANCE_FAR" : null, hasLongEnums ? Live.Get(record, "distance")!.ToString() : null);
    }

    [Fact]
    public void The_class_of_the_events_is_known_before_the_first_comes()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        using var stream = new BpfEventStream(obj.Map("events"));

        Assert.Equal("types_event", stream.EventClass?.Name);
        Assert.False(stream.TypeIsUnknown);
        Assert.Equal(0ul, stream.Lost);
    }

    [Fact]
    public void A_struct_that_the_user_names_is_taken_and_a_wrong_name_is_an_error()
    {
        Live.Require();
        using var obj = Live.TestProgram("types");
        using (var stream = new BpfEventStream(obj.Map("events"), "point"))
        {
            Live.Getppid();
            Assert.Equal("x=-383 y=-32382 z=-515", Sixteen(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0))));
        }
        Assert.Contains("has no struct 'pint'", Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("events"), "pint")).Message,
            StringComparison.Ordinal);

        // u8 0x81, s8 -2, u16 0x8182, s16 -515 and two bytes of padding, seen as { __s16 x, y; __s32 z; }.
        static string Sixteen(BpfRecord record) =>
            $"x={Live.Get(record, "x")} y={Live.Get(record, "y")} z={(short)Live.Get<int>(record, "z")}";
    }

    /// <summary>The id of a cgroup is the number of its directory's inode.</summary>
    private static ulong OwnCgroup()
    {
        var path = File.ReadLines("/proc/self/cgroup").Single(line => line.StartsWith("0::", StringComparison.Ordinal))[3..];
        var root = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).First(fields => fields[2] == "cgroup2")[1];
        return ulong.Parse(Command.Output("stat", "-c", "%i", root + path), null);
    }
}
