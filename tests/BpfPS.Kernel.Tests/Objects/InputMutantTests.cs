using System.Buffers;
using System.Diagnostics;
using System.Text;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Stacks;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>
/// Files of each kind that comes from outside, with bytes changed, go the whole way that a cmdlet sends them. Each is used or refused with
/// an error, in bounded time and memory. The originals are made here, of the project's own programs. A failure names its seed.
/// </summary>
public sealed class InputMutantTests : IClassFixture<NothingLeft>, IDisposable
{
    private const int NightlyFactor = 50; // a million, together with the mutants of MutantTests
    private const long MostBytes = 512 << 20;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);
    private static readonly int s_factor = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? NightlyFactor : 1;

    // What text parsers stumble over: numbers at and beyond every limit, other types, broken text.
    private static readonly string[] s_tokens = ["0", "-1", "4294967295", "4294967296", "18446744073709551616", "1e999", "-0", "1.5",
        "null", "true", "\"\"", "\"\\ud800\"", "\"0x\"", "[]", "{}", "[[[[[[", "\"$bytes\":\"00\",", "\"key\":1,", "2147483648", "\"hash\"",
        "\"u8[4000000000]\"", "\"struct { u64 a[100000]; u64 b[100000]; }\"", "\0", "\u00e9", "99999999999999999999999999999999999999"];

    private static readonly SearchValues<char> s_delimiters = SearchValues.Create(":,[]{} \n");

    private readonly Guid _session = Guid.NewGuid();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"bpfps-mutant-{Environment.ProcessId}-{Guid.NewGuid():N}");

    public void Dispose()
    {
        BpfSession.StopAll(_session);
        File.Delete(_path);
    }

    [Fact]
    public void An_export_is_imported_or_refused()
    {
        Live.Require();
        var flow = BpfMap.Create(new BpfMapDefinition { Name = "flow", Type = "hash", MaxEntries = 16, Session = _session,
            KeyType = "struct { bpfps_ipv4_t source; bpfps_port_t port; u16 pad; }",
            ValueType = "struct { u64 packets; bpfps_mac_t mac; bool open; u8 flags; enum { RED, GREEN = 7 } colour; "
                + "union { u32 a; u8 b; }; }" });
        var cpus = BpfMap.Create(new BpfMapDefinition { Name = "cpus", Type = "percpu_array", MaxEntries = 2, ValueType = "s16",
            Session = _session });
        Bpftool.Update(flow.Id, [10, 0, 0, 1, 1, 187, 0, 9], [.. Enumerable.Range(1, (int)flow.ValueSize).Select(i => (byte)i)]);
        BpfMapFile.Export([flow, cpus], _path);
        var original = File.ReadAllBytes(_path);
        Assert.Contains("$bytes", Encoding.UTF8.GetString(original), StringComparison.Ordinal); // that part is tried, too
        Try(5000, random => MutateText(original, random), path =>
        {
            var saved = BpfMapFile.Read(path);
            using var import = new BpfMapImport(_session);
            foreach (var (map, target) in saved.Zip((BpfMap[])[flow, cpus]))
            {
                import.Add(map, target);
            }
            import.Restore(import.Targets, clear: true);
        });
        Try(500, random => MutateText(original, random), path =>
        {
            using var import = new BpfMapImport(_session);
            import.Add(BpfMapFile.Read(path)[0], null); // made by what the file says, and released again
        });
    }

    [Fact]
    public void A_capture_is_run_or_refused()
    {
        Live.Require();
        using var obj = BpfObjectStarter.Start(Repository.TestProgram("plain_xdp"), new BpfStartOptions { Attach = false });
        var program = obj.Programs[0];
        byte[][] originals = [Capture(newer: false), Capture(newer: true)];
        Try(8000, random => Mutate(originals[random.Next(originals.Length)], random), path =>
        {
            foreach (var packet in PacketFile.ReadEthernet(path))
            {
                BpfTestRun.Run(program, new BpfTestRunOptions { Data = packet.Data }, packet.Number);
            }
        });
    }

    [Fact]
    public void A_perf_map_names_code_or_does_not()
    {
        Live.Require();
        using var child = new Child("sleep", "600");
        var place = $"/tmp/perf-{child.Id}.map";
        var original = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50)
            .Select(i => $"{0x7f0000001000 + i * 64:x} {i + 40:x} int Program::method{i}(\u00e9)\n")));
        var clock = new Clock();
        var map = new PerfMapFile((uint)child.Id, clock);
        try
        {
            Try(6000, random => MutateText(original, random), path =>
            {
                File.Move(path, place, overwrite: true);
                clock.Now += TimeSpan.FromDays(1).Ticks;
                for (var address = 0x7f0000000ff0UL; address < 0x7f0000002000; address += 0x131)
                {
                    map.TryFind(address, out var name, out var start, out _);
                    Assert.True(name.Length <= 1024 && start <= address);
                }
            });
        }
        finally
        {
            File.Delete(place);
        }
    }

    [Fact]
    public void A_perf_map_of_many_functions_takes_bounded_memory()
    {
        var text = new byte[64 << 20];
        "1 1 a\n"u8.CopyTo(text);
        text.AsSpan(0, 6).CopyTo(text.AsSpan(6));
        for (var filled = 12; filled < text.Length; filled *= 2)
        {
            text.AsSpan(0, Math.Min(filled, text.Length - filled)).CopyTo(text.AsSpan(filled));
        }
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(1 << 20, PerfMap.Parse(text).Count);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
    }

    [Theory]
    [InlineData(".BTF")]
    [InlineData(".BTF.ext")]
    public void An_object_with_changed_types_is_read_or_refused(string section)
    {
        Live.Require();
        var original = File.ReadAllBytes(Repository.TestProgram("types"));
        var place = ElfImage.TryRead(original)!.Sections.Single(found => found.Name == section);
        var types = original[(int)place.Offset..(int)(place.Offset + place.Size)];
        Try(3000, random =>
        {
            var mutant = original.ToArray();
            var changed = Mutate(types, random);
            changed.AsSpan(0, Math.Min(changed.Length, types.Length)).CopyTo(mutant.AsSpan((int)place.Offset));
            return mutant;
        }, path => BpfObjectSpec.Read(path));
    }

    [Fact]
    public void An_object_goes_the_whole_way_or_is_refused()
    {
        Live.Require();
        byte[][] originals = [.. ((string[])["burst", "types", "records"]).Select(name => File.ReadAllBytes(Repository.TestProgram(name)))];
        Try(120, random => Mutate(originals[random.Next(originals.Length)], random), path =>
        {
            BpfObjectSpec.Read(path);
            BpfRequirements.Check(path);
            BpfObjectStarter.Start(path, new BpfStartOptions { Attach = false, Session = _session }).Dispose();
        });
    }

    private void Try(int count, Func<Random, byte[]> make, Action<string> use)
    {
        var used = 0;
        for (var seed = 0; seed < count * s_factor; seed++)
        {
            File.WriteAllBytes(_path, make(new Random(seed)));
            var (clock, allocated) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                use(_path);
                used++;
            }
            catch (BpfException)
            {
                // refused
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            Assert.True(clock.Elapsed < s_longest, $"seed {seed}: {clock.Elapsed}");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MostBytes, $"seed {seed}: more than {MostBytes >> 20} MiB");
        }
        Assert.True(used > 0, "Everything was refused.");
    }

    /// <summary>Changes a few bytes and numbers, or cuts the end off.</summary>
    private static byte[] Mutate(byte[] original, Random random)
    {
        var mutant = original.ToArray();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(mutant.Length);
            switch (random.Next(4))
            {
                case 0: mutant[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: mutant[at] = (byte)random.Next(256); break;
                case 2: mutant.AsSpan(at, Math.Min(4, mutant.Length - at)).Fill((byte)(random.Next(2) == 0 ? 0xff : 0)); break;
                default: mutant.AsSpan(at & ~3, Math.Min(4, mutant.Length - (at & ~3))).Reverse(); break;
            }
        }
        return random.Next(20) == 0 ? mutant[..random.Next(mutant.Length)] : mutant;
    }

    /// <summary>Changes a few bytes, or puts an awkward word, or another part of the text, in place of a part of it.</summary>
    private static byte[] MutateText(byte[] original, Random random)
    {
        if (random.Next(4) == 0)
        {
            return Mutate(original, random);
        }
        var text = Encoding.UTF8.GetString(original);
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var at = random.Next(text.Length);
            // From one delimiter to the next, so that most of what comes out can still be parsed.
            var start = text.AsSpan(0, at).LastIndexOfAny(s_delimiters) + 1;
            var length = Math.Max(0, text.AsSpan(start).IndexOfAny(s_delimiters));
            var from = random.Next(text.Length);
            var word = random.Next(3) > 0 ? s_tokens[random.Next(s_tokens.Length)]
                : text.Substring(from, random.Next(Math.Min(40, text.Length - from)));
            text = string.Concat(text.AsSpan(0, start), word, text.AsSpan(start + length));
        }
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Two Ethernet packets in a file of either format.</summary>
    private static byte[] Capture(bool newer)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        byte[] packet = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        if (newer)
        {
            Block(0x0a0d0d0a, [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, .. Enumerable.Repeat((byte)0xff, 8)]);
            Block(1, [1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
            Block(6, [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 64, 0, 0, 0, 64, 0, 0, 0, .. packet]);
            Block(3, [64, 0, 0, 0, .. packet]);
        }
        else
        {
            writer.Write([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
            for (var i = 0; i < 2; i++)
            {
                writer.Write([1, 0, 0, 0, 2, 0, 0, 0, 64, 0, 0, 0, 64, 0, 0, 0, .. packet]);
            }
        }
        return file.ToArray();

        void Block(uint type, byte[] body)
        {
            writer.Write(type);
            writer.Write(body.Length + 12);
            writer.Write(body);
            writer.Write(body.Length + 12);
        }
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
