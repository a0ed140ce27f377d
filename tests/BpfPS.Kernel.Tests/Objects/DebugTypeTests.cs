using System.Diagnostics;
using System.Globalization;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Compilation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Objects;

/// <summary>Structs that only the code of an object uses: its BTF does not have them, but its debug information (DWARF) has.</summary>
public sealed class DebugTypeTests : IClassFixture<NothingLeft>, IDisposable
{
    private const string Event = "struct event { __u32 number; char text[4]; };";

    private readonly CompileDirectory _place = new();

    public DebugTypeTests()
    {
        CompileDirectory.Require();
        Machine.Require(LibDw.IsAvailable, "libdw is not installed");
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(Event, "struct event", "event")]
    [InlineData(Event, "struct event", "struct event")]
    [InlineData("typedef struct { __u32 number; char text[4]; } event_t;", "event_t", "event_t")]
    public void A_struct_that_only_the_code_uses_is_found_by_its_name(string declaration, string type, string name)
    {
        var path = Compile(declaration, type);
        Assert.DoesNotContain(Types(path), known => known == name.Split(' ')[^1]);
        using var obj = Start(path);
        using var stream = new BpfEventStream(obj.Map("events"), name);

        Live.Getppid();

        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
        Assert.Equal(name.Split(' ')[^1], stream.EventClass?.Name);
    }

    [Theory]
    [InlineData(Event, "struct event")]
    [InlineData("typedef struct { __u32 number; char text[4]; } event_t;", "event_t")]
    public void The_only_struct_of_the_records_size_is_taken(string declaration, string type)
    {
        using var obj = Start(Compile(declaration, type));
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
        Assert.Empty(stream.TakeDoubts());
    }

    [Theory]
    [InlineData("struct other { __u64 at; };", "struct other *other = (void *)regs; if (other->at == 42) return 0;")]
    [InlineData("struct other { __u64 at; } mention;", "")] // in the BTF
    public void Of_two_of_the_records_size_none_is_taken_and_both_are_named(string other, string code)
    {
        using var obj = Start(Compile($"{Event} {other}", "struct event", code));
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal([7, 0, 0, 0, (byte)'h', (byte)'i', 0, 0],
            Assert.IsType<BpfRawEvent>(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0))).Bytes);
        var how = Assert.Single(stream.TakeDoubts()).How.Text!;
        Assert.StartsWith("Name it with EventType: ", how, StringComparison.Ordinal);
        // What the advice names is what it takes.
        Assert.Equal(["struct event", "struct other"], how[24..^1].Split(", ").Order(StringComparer.Ordinal));
        using var named = new BpfEventStream(obj.Map("events"), "struct event");
        Live.Getppid();
        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(named, events => events.Count > 0)).ToString());
    }

    [Fact]
    public void A_struct_of_the_kernels_header_is_never_taken_for_its_size()
    {
        // A type of another kernel, which this one does not have.
        File.WriteAllText(Path.Combine(_place.Path, "vmlinux.h"),
            "#pragma once\nstruct of_another_kernel { unsigned long long at; };\ntypedef struct { unsigned long long at; } another_t;");
        var code = "struct of_another_kernel *one = (void *)regs; another_t *two = (void *)regs; if (one->at || two->at) call++;";
        using var obj = Start(Compile($"#include \"{_place.Path}/vmlinux.h\"\n{Event}", "struct event", code));
        Assert.Contains(obj.File.Debug.Structs, one => one is { Name: "of_another_kernel", IsOfKernelHeader: true });
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
    }

    [Fact]
    public void A_name_that_two_different_structs_have_is_an_error()
    {
        var path = Compile($$"""
            static __noinline __u64 of_its_own(void *room) { struct event { __u64 a, b; } *local = room; return local->a + local->b; }
            {{Event}}
            """, "struct event", "__u64 local[2] = { call }; if (of_its_own(local) == 42) return 0;");
        using var obj = Start(path);
        var error = Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("events"), "event"));

        Assert.Equal("The debug information has 2 different structs named 'event', of 8 bytes and 16 bytes.", error.Message);
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();
        Assert.Equal("number=7 text=hi", Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)).ToString());
    }

    [Fact]
    public void A_name_that_nothing_has_is_an_error_that_knows_the_structs_of_the_code()
    {
        using var obj = Start(Compile(Event, "struct event"));
        var error = Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("events"), "evnt"));

        Assert.Equal((BpfErrorKind.NotFound, "The program's type information has no struct 'evnt'."), (error.Kind, error.Message));
        Assert.Contains("event", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stripped_object_says_what_is_missing_and_what_it_says_helps()
    {
        var path = Compile(Event, "struct event");
        var whole = File.ReadAllBytes(path);
        Machine.RequireProgram("llvm-strip");
        Command.Output("llvm-strip", "-g", path);
        using (var obj = Start(path))
        {
            using var stream = new BpfEventStream(obj.Map("events"));
            Live.Getppid();

            Assert.IsType<BpfRawEvent>(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)));
            Assert.Contains("do not strip the object with 'llvm-strip -g'", Assert.Single(stream.TakeDoubts()).How.Text,
                StringComparison.Ordinal);
            var error = Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("events"), "event"));
            Assert.Contains("the object has no debug information (DWARF)", error.Message, StringComparison.Ordinal);
            Assert.Contains("'clang -g'", error.Remedy, StringComparison.Ordinal);
        }
        File.WriteAllBytes(path, whole);
        using var again = Start(path);
        using var named = new BpfEventStream(again.Map("events"), "event");
        Assert.Equal("event", named.EventClass?.Name);
    }

    [Fact]
    public void Without_libdw_the_error_says_what_to_install()
    {
        var path = Compile(Event, "struct event");
        var structs = new ProgramStructs(Read(path).Btf, new DebugInformation(Image(path), hasLibDw: false));

        var error = Assert.Throws<BpfException>(() => structs.Named("event"));
        Assert.Contains("requires libdw", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt install libdw1", error.Remedy, StringComparison.Ordinal);
        Assert.Empty(structs.OfSize(size => size == 8));
    }

    [Fact]
    public void A_map_of_a_program_that_another_session_has_started_says_that_its_file_is_not_known()
    {
        using var pins = new PinDirectory();
        using var obj = Start(Compile(Event, "struct event"), pins.Path);
        var error = Assert.Throws<BpfException>(() => new BpfEventStream(BpfMap.FromPin(pins["events"]), "event"));

        Assert.Contains("is read only if this session starts it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-gdwarf-5")]
    [InlineData("-gdwarf-4")]
    [InlineData("-gdwarf-3")]
    [InlineData("-gdwarf-2")]
    [InlineData("-glldb")] // bit fields as DWARF 5 has them
    [InlineData("-gdwarf64")]
    public void Members_are_where_the_compiler_puts_them(string option)
    {
        var lines = Command.Output(CProgram.Compile("Objects/layout.c")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var path = CompileLayout(option);
        Assert.DoesNotContain("layout", Types(path));
        var type = new ProgramStructs(Read(path).Btf, Read(path).Debug).Named("layout");

        Assert.Equal(lines[0], type.Size.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(lines[1..], lines[1..].Select(line => Place(type.Types, type.Id, line.Split(' ')[0])));
        var layout = (BtfComposite)type.Types.Resolve(type.Id);
        Assert.Equal("enum color { RED = 1, BLUE = -2 }", CDefinition.Of(type.Types, MemberOf(type.Types, layout, "second").Type));
        var wide = Assert.IsType<BtfEnum>(type.Types.Resolve(MemberOf(type.Types, layout, "wide").Type));
        Assert.Equal([("SMALL", 1), ("LARGE", 0x1122334455667788)], wide.Values.Select(value => (value.Key, value.Value)));
        Assert.StartsWith("struct inner { u16 a; u8 grid[3][2]; struct { u8 deep;",
            CDefinition.Of(type.Types, MemberOf(type.Types, layout, "inner").Type), StringComparison.Ordinal);
        Assert.NotNull(type.MakeClass().Type.GetProperty("pointer"));
    }

    [Fact]
    public void Compressed_debug_information_is_said_to_be()
    {
        var path = Compile(Event, "struct event");
        Machine.RequireProgram("llvm-objcopy");
        Command.Output("llvm-objcopy", "--compress-debug-sections=zlib", path);

        Assert.Contains("it is compressed", Read(path).Debug.Problem?.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_debug_information_is_read_or_refused_and_ends()
    {
        var mutants = Environment.GetEnvironmentVariable("BPFPS_NIGHTLY") == "1" ? 200_000 : 6_000;
        var images = new[] { "-gdwarf-5", "-gdwarf-4" }.Select(option => File.ReadAllBytes(CompileLayout(option))).ToArray();
        var (read, refused) = (0, 0);
        var slowest = TimeSpan.Zero;
        for (var seed = 0; seed < mutants; seed++)
        {
            var watch = Stopwatch.StartNew();
            var debug = new DebugInformation(ElfImage.TryRead(Damage(images[seed % images.Length], new Random(seed)))!);
            var isRead = debug.Problem is null;
            foreach (var one in debug.Structs)
            {
                try
                {
                    var (types, ids) = debug.Convert([one]);
                    new ProgramStruct(types, ids[0]).MakeClass();
                }
                catch (BpfException e)
                {
                    Assert.True(e.Kind == BpfErrorKind.InvalidData, $"seed {seed}: {e}");
                    isRead = false;
                }
            }
            (read, refused) = isRead ? (read + 1, refused) : (read, refused + 1);
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        Assert.InRange(read, mutants / 20, mutants);
        Assert.InRange(refused, mutants / 20, mutants);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void An_object_whose_debug_information_is_damaged_starts_and_says_so_when_it_is_needed()
    {
        var path = Compile(Event, "struct event");
        var image = File.ReadAllBytes(path);
        var abbreviations = ElfImage.TryRead(image)!.Sections.Single(section => section.Name == ".debug_abbrev");
        image.AsSpan((int)abbreviations.Offset, (int)abbreviations.Size).Fill(0xff);
        File.WriteAllBytes(path, image);
        using var obj = Start(path);
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.IsType<BpfRawEvent>(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)));
        Assert.Contains("cannot be read", Assert.Single(stream.TakeDoubts()).How.Text, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<BpfException>(() => new BpfEventStream(obj.Map("events"), "event")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A member's place as the program in C writes it: name, first bit, number of bits.</summary>
    private static string Place(BtfTypes types, uint id, string path)
    {
        var (bits, size) = (0u, 0u);
        foreach (var name in path.Split('.'))
        {
            var member = MemberOf(types, (BtfComposite)types.Resolve(id), name);
            (id, bits) = (member.Type, bits + member.BitOffset);
            size = member.BitFieldSize != 0 ? member.BitFieldSize : types.SizeOf(id) * 8;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{path} {bits} {size}");
    }

    /// <summary>A member, or one of a member without a name, with its place in the whole.</summary>
    private static BtfMember MemberOf(BtfTypes types, BtfComposite type, string name) => type.Members.SelectMany(member =>
        member.Name.Length > 0 || types.Resolve(member.Type) is not BtfComposite inner ? [member]
            : inner.Members.Concat(inner.Members.Select(deeper => types.Resolve(deeper.Type)).OfType<BtfComposite>()
                .Where(deeper => deeper.Name.Length == 0).SelectMany(deeper => deeper.Members))
                .Select(of => of with { BitOffset = of.BitOffset + member.BitOffset })).First(member => member.Name == name);

    private static byte[] Damage(byte[] original, Random random)
    {
        var mutant = original.ToArray();
        var sections = ElfImage.TryRead(mutant)!.Sections
            .Where(section => section.Name.Contains(".debug_", StringComparison.Ordinal) && section.Size > 0).ToArray();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var section = sections[random.Next(sections.Length)];
            var at = (int)section.Offset + random.Next((int)section.Size);
            var rest = mutant.AsSpan(at, (int)(section.Offset + section.Size) - at);
            switch (random.Next(4))
            {
                case 0: mutant[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: mutant[at] = (byte)random.Next(256); break;
                case 2: rest[..Math.Min(4, rest.Length)].Fill((byte)(random.Next(2) == 0 ? 0xff : 0)); break;
                default: rest[..Math.Min(random.Next(1, 64), rest.Length)].Fill((byte)random.Next(256)); break;
            }
        }
        return mutant;
    }

    private static ElfImage Image(string path) => ElfImage.TryRead(File.ReadAllBytes(path))!;

    private static (BtfTypes Btf, DebugInformation Debug) Read(string path) =>
        (BpfObjectSpec.Read(path).Types, new DebugInformation(Image(path)));

    /// <summary>The names of the types that bpftool finds in the BTF.</summary>
    private static string[] Types(string path) => [.. Bpftool.Json("btf", "dump", "file", path).GetProperty("types").EnumerateArray()
        .Select(type => type.GetProperty("name").GetString()!)];

    private static BpfObject Start(string path, string? pins = null) => BpfObjectStarter.Start(path, new BpfStartOptions
    {
        PinPath = pins, Variables = new Dictionary<string, object> { ["producer_pid"] = Environment.ProcessId },
    });

    private string Compile(string declarations, string type, string code = "") => BpfCompiler.Compile(_place.Source($$"""
        #include "kernel.h"
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_tracing.h>
        char LICENSE[] SEC("license") = "GPL";
        const volatile __u32 producer_pid;
        {{declarations}}
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
        SEC("tp_btf/sys_enter") int BPF_PROG(program, struct pt_regs *regs, long call)
        {
            if (call != {{(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
                == System.Runtime.InteropServices.Architecture.X64 ? 110 : 173)}} || bpf_get_current_pid_tgid() >> 32 != producer_pid)
                return 0;
            {{code}}
            {{type}} *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
            if (!event)
                return 0;
            event->number = 7;
            __builtin_memcpy(event->text, "hi\0", 4);
            bpf_ringbuf_submit(event, 0);
            return 0;
        }
        """)).FilePath;

    /// <summary>An object in whose code only struct layout is, with debug information of a kind.</summary>
    private string CompileLayout(string option)
    {
        var source = Path.Combine(_place.Path, "layout.bpf.c");
        File.WriteAllText(source, $$"""
            typedef signed char s8;
            typedef unsigned char u8;
            typedef unsigned short u16;
            typedef unsigned int u32;
            typedef long long s64;
            typedef unsigned long long u64;
            #include "{{Repository.Root}}/tests/BpfPS.Kernel.Tests/Objects/layout.h"
            __attribute__((section("xdp"), used)) int program(void *ctx)
            {
                struct layout it = { .number = 1 };
                __asm__ volatile("" : : "r"(&it) : "memory");
                return it.pair[1].a;
            }
            """);
        var path = Path.Combine(_place.Path, $"layout{option}.bpf.o");
        Command.Output(Machine.FindClang()!, "-g", option, "-O2", "-target", "bpf", "-c", source, "-o", path);
        return path;
    }
}
