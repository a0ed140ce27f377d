using System.Globalization;
using System.Text.RegularExpressions;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Stacks;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Probes;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Probes;

/// <summary>The tracepoints of the running kernel against tracefs as awk reads it, and against the kernel's structs in bpftool.</summary>
public partial class LiveTracepointTests
{
    private const string Events = "/sys/kernel/tracing/events";

    private static readonly ProbeTypes s_types = new(() => KernelBtf.Kernel);

    public LiveTracepointTests()
    {
        Live.Require();
        BpfFileSystem.MountTrace();
        Machine.Require(Directory.Exists(Events), $"tracefs is not mounted at {Events}");
    }

    [Fact]
    public void The_tracepoints_are_those_that_find_lists()
    {
        var expected = Commands.Lines("sh", "-c", $"cd {Events} && find . -mindepth 3 -maxdepth 3 -name format | "
            + "awk -F/ '$2 != \"ftrace\" { print $2 \":\" $3 }' | LC_ALL=C sort");

        Assert.Equal(expected, TracepointCatalog.Names());
        Assert.True(expected.Length > 500, "find found next to nothing");
    }

    [Fact]
    public void Every_field_of_every_tracepoint_is_where_awk_reads_it()
    {
        // subsystem:name field offset size signed
        var expected = Commands.Lines("sh", "-c", $"cd {Events} && awk -F'[;:\\t]+' '/^\\tfield:/ {{ split(FILENAME, at, \"/\"); "
            + "d = $3; sub(/\\[[^]]*\\]$/, \"\", d); n = split(d, w, \" \"); f = w[n]; sub(/^\\*+/, \"\", f); "
            + "print at[2] \":\" at[3], f, $5, $7, $9 }' $(find . -mindepth 3 -maxdepth 3 -name format ! -path './ftrace/*')");

        var found = TracepointCatalog.Names().Select(TracepointCatalog.Read).SelectMany(format => format.Fields.Select(field =>
            string.Create(CultureInfo.InvariantCulture,
                $"{format.Subsystem}:{format.Name} {field.Name} {field.Offset} {field.Size} {(field.IsSigned ? 1 : 0)}")));

        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.True(expected.Length > 5_000, "awk found next to nothing");
    }

    [Fact]
    public void The_fields_are_the_members_of_the_structs_that_the_kernel_fills()
    {
        var structs = Structs();
        var compared = 0;
        foreach (var format in TracepointCatalog.Names().Where(name => !name.StartsWith("syscalls:", StringComparison.Ordinal))
            .Select(TracepointCatalog.Read))
        {
            // Tracepoints of one class share a struct, which has the name of the class.
            if (!structs.TryGetValue($"trace_event_raw_{format.Name}", out var members))
            {
                continue;
            }
            foreach (var field in format.Fields.Where(field => !field.IsCommon))
            {
                var member = field.IsDataLoc ? $"__data_loc_{field.Name}" : field.Name;
                Assert.True(members.TryGetValue(member, out var offset), $"{format.Name} has no member {member}");
                Assert.Equal((format.Name, field.Name, offset), (format.Name, field.Name, field.Offset));
                var next = members.Values.Where(other => other > offset).DefaultIfEmpty(uint.MaxValue).Min();
                Assert.True(field.Offset + field.Size <= next, $"{format.Name} {field.Name} reaches into the next member");
                compared++;
            }
        }
        Assert.True(compared > 1_000, $"only {compared} fields were compared");
    }

    [Fact]
    public void System_calls_have_the_names_of_the_headers_for_programs()
    {
        const string header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
        Assert.SkipUnless(File.Exists(header), $"{header} does not exist");
        var known = Commands.Lines("sh", "-c", $"awk '$2 ~ /^__NR_/ {{ print substr($2, 6) }}' {header}").ToHashSet();

        // The kernel can be newer than the headers: those calls have names in no other way.
        var unknown = TracepointCatalog.SystemCalls().Where(name => !known.Contains(name)).ToArray();

        Assert.DoesNotContain(unknown, name => name.StartsWith("new", StringComparison.Ordinal)
            || name.EndsWith("64", StringComparison.Ordinal));
        Assert.True(known.Count - TracepointCatalog.SystemCalls().Count(known.Contains) < 40, "many calls of the headers are missing");
        Assert.Equal("sys_enter_newstat", TracepointCatalog.ReadSystemCall("stat", s_types).Entry.Name);
        Assert.Equal("stat", TracepointCatalog.ReadSystemCall("newstat", s_types).Name);
    }

    [Fact]
    public void What_the_tables_say_of_system_calls_is_there()
    {
        // A length that is not an argument, or a table that no call matches, would go unnoticed.
        foreach (var call in TracepointCatalog.SystemCalls().Select(name => TracepointCatalog.ReadSystemCall(name, s_types)))
        {
            Assert.All(call.Arguments, argument => Assert.True(argument.LengthArgument is null
                || call.Arguments.Any(other => other.Name == argument.LengthArgument
                    && other.Kind is ArgumentKind.Number or ArgumentKind.UserNumber), $"{call.Name} {argument}"));
        }
        Assert.Equal(["dfd Number 4", "filename UserText 8", "flags OpenFlags 4", "mode FileMode 2"],
            TracepointCatalog.ReadSystemCall("openat", s_types).Arguments.Select(argument =>
                $"{argument.Name} {argument.Kind} {argument.Size}"));
    }

    [Fact]
    public void A_tracepoint_that_is_not_there_is_an_error_that_names_those_that_are_near()
    {
        var error = Assert.Throws<BpfException>(() => TracepointCatalog.Read("sched:sched_swich"));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains("sched:sched_switch", error.Remedy, StringComparison.Ordinal);
        Assert.Contains("openat", Assert.Throws<BpfException>(() => TracepointCatalog.ReadSystemCall("opnat", s_types)).Remedy,
            StringComparison.Ordinal);
        Assert.Throws<BpfException>(() => TracepointCatalog.Read("../../../etc:passwd"));
    }

    [Fact]
    public void Names_of_values_are_those_of_the_kernels_enums()
    {
        // The print format has the constants by name; bpftool has their numbers.
        var numbers = Commands.Lines("sh", "-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | "
            + "awk -F\"'\" '/^\\t.HRTIMER_MODE_/ { print $2 $3 }'").Select(line => line.Split(" val="))
            .ToDictionary(parts => parts[0], parts => ulong.Parse(parts[1], CultureInfo.InvariantCulture));
        var mode = TracepointArguments.Of(TracepointCatalog.Read("timer:hrtimer_start"), s_types)
            .Single(argument => argument.Name == "mode");

        Assert.Equal(numbers["HRTIMER_MODE_ABS_PINNED_HARD"], mode.Names.Single(name => name.Name == "ABS|PINNED|HARD").Value);
        Assert.Equal(numbers["HRTIMER_MODE_REL"], mode.Names.Single(name => name.Name == "REL").Value);
    }

    /// <summary>The structs of tracepoints with the offsets of their members in bytes, as bpftool prints them.</summary>
    private static Dictionary<string, Dictionary<string, uint>> Structs()
    {
        var structs = new Dictionary<string, Dictionary<string, uint>>();
        Dictionary<string, uint>? members = null;
        foreach (var line in Commands.Lines("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux"))
        {
            if (line.StartsWith('['))
            {
                members = StructLine().Match(line) is { Success: true } found
                    ? structs.TryAdd(found.Groups[1].Value, []) ? structs[found.Groups[1].Value] : null : null;
            }
            else if (members is not null && MemberLine().Match(line) is { Success: true } member)
            {
                members[member.Groups[1].Value] = uint.Parse(member.Groups[2].ValueSpan, CultureInfo.InvariantCulture) / 8;
            }
        }
        return structs;
    }

    [GeneratedRegex(@"^\[\d+\] STRUCT '(trace_event_raw_\w+)'")]
    private static partial Regex StructLine();

    [GeneratedRegex(@"^\t'(\w+)' type_id=\d+ bits_offset=(\d+)")]
    private static partial Regex MemberLine();
}
