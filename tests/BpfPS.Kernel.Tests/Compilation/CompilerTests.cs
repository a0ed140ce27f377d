using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Compilation;

public sealed class CompilerTests : IClassFixture<NothingLeft>, IDisposable
{
    private readonly CompileDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_source_becomes_an_object_that_runs()
    {
        CompileDirectory.Require();
        using var obj = Live.Start(BpfCompiler.Compile(Repository.TestSource("burst")), ("producer_pid", Environment.ProcessId));
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal("burst", obj.Name);
        Assert.Equal(1ul, Live.Get(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)), "value"));
    }

    [Fact]
    public void The_same_source_is_compiled_once()
    {
        CompileDirectory.Require();
        var source = _place.Source("#include \"mine.h\"\nint number = NUMBER;\n");
        File.WriteAllText(Path.Combine(_place.Path, "mine.h"), "#define NUMBER 1\n");
        var first = BpfCompiler.Compile(source);
        var inode = Command.Output("stat", "-c", "%i %Y %Z", first);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var second = BpfCompiler.Compile(source);

        Assert.Equal(first, second);
        Assert.Equal(inode, Command.Output("stat", "-c", "%i %Y %Z", second));
        Assert.StartsWith(_place.Cache, first, StringComparison.Ordinal);
        Assert.Equal("7f454c46", Convert.ToHexStringLower(File.ReadAllBytes(first), 0, 4));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_changed_source_or_header_is_compiled_again()
    {
        CompileDirectory.Require();
        var header = Path.Combine(_place.Path, "mine.h");
        File.WriteAllText(header, "#define NUMBER 1\n");
        var source = _place.Source("#include \"mine.h\"\nint number = NUMBER;\n");
        var first = File.ReadAllBytes(BpfCompiler.Compile(source));
        File.WriteAllText(header, "#define NUMBER 77\n");
        var second = File.ReadAllBytes(BpfCompiler.Compile(source));
        File.WriteAllText(source, "#include \"mine.h\"\nint other = NUMBER;\n");
        var third = File.ReadAllBytes(BpfCompiler.Compile(source));
        File.WriteAllText(source, "#include \"mine.h\"\nint number = NUMBER;\n");
        File.WriteAllText(header, "#define NUMBER 1\n");

        Assert.NotEqual(first, second);
        Assert.NotEqual(second, third);
        Assert.Equal(first, File.ReadAllBytes(BpfCompiler.Compile(source)));
    }

    [Fact]
    public void A_comment_that_changes_the_line_numbers_changes_the_object()
    {
        // The object carries the lines of its source: after the change they must be the new ones.
        CompileDirectory.Require();
        var source = _place.Source("#include \"kernel.h\"\n#include <bpf/bpf_helpers.h>\nchar LICENSE[] SEC(\"license\") = \"GPL\";\nSEC(\"socket\") int p(void *c)\n{\n\treturn 0; /* old */\n}\n");
        var first = Lines(BpfCompiler.Compile(source));
        File.WriteAllText(source, File.ReadAllText(source).Replace("{\n", "{\n\n\n", StringComparison.Ordinal).Replace("old", "new", StringComparison.Ordinal));
        var second = Lines(BpfCompiler.Compile(source));

        Assert.Contains("old", first, StringComparison.Ordinal);
        Assert.Contains("new", second, StringComparison.Ordinal);
        Assert.DoesNotContain("old", second, StringComparison.Ordinal);

        // .BTF has the text of the lines among its strings.
        static string Lines(string path) => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path));
    }

    [Fact]
    public void A_source_that_does_not_compile_names_the_first_error_and_its_line()
    {
        CompileDirectory.Require();
        var path = Repository.TestSource("broken");
        var line = Array.FindIndex(File.ReadAllLines(path), text => text.Contains("/* error: unknown type name", StringComparison.Ordinal)) + 1;
        var error = Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(path));

        Assert.Equal((BpfErrorKind.CompilationFailed, path, line, "unknown type name 'unknown_t'"), (error.Kind, error.SourceFile, error.SourceLine, error.FirstError));
        Assert.Equal($"{path}:{line} does not compile: unknown type name 'unknown_t'", error.Message);
        Assert.Contains("expected ';'", error.Messages, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(_place.Cache) ? Directory.GetFiles(_place.Cache, "*.*", SearchOption.AllDirectories) : []);
    }

    [Theory]
    [InlineData("#error \"not on this machine\"\n", "\"not on this machine\"", 1)]
    [InlineData("\n#include \"nowhere.h\"\n", "'nowhere.h' file not found", 2)]
    [InlineData("int a;\n\nint a(void) { return 1 +; }\n", "", 3)]
    public void Errors_of_the_preprocessor_are_errors_too(string text, string said, int line)
    {
        CompileDirectory.Require();
        var error = Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(_place.Source(text)));

        Assert.Equal(line, error.SourceLine);
        Assert.Contains(said, error.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_types_come_from_the_kernel()
    {
        CompileDirectory.Require();
        var source = _place.Source("""
            #include "vmlinux.h"
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            int size = sizeof(struct task_struct);
            SEC("socket") int program(void *context) { return size; }
            """);
        var obj = BpfObject.Read(BpfCompiler.Compile(source));
        var expected = Command.Output("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux").Split('\n').First(line => line.Contains("STRUCT 'task_struct' size=", StringComparison.Ordinal));

        Assert.Equal(["program"], obj.Programs.Select(program => program.Name));
        using var started = BpfObjectStarter.Start(obj.Path, new BpfStartOptions { Attach = false });
        var size = Bpftool.Globals(started.Maps.Single(map => map.Name.EndsWith(".data", StringComparison.Ordinal)).Id, ".data")["size"].GetInt32();
        Assert.Contains($"size={size} ", expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_is_not_there_is_a_clear_error()
    {
        var error = Assert.Throws<BpfException>(() => BpfCompiler.Compile("/no/such/source.bpf.c"));

        Assert.Equal((BpfErrorKind.NotFound, "There is no file '/no/such/source.bpf.c'."), (error.Kind, error.Message));
    }

    [Fact]
    public void A_name_that_looks_like_an_option_is_a_name()
    {
        CompileDirectory.Require();
        var source = Path.Combine(_place.Path, "-o evil $(touch x).bpf.c");
        File.WriteAllText(source, "int number = 1;\n");

        Assert.Equal("-o evil $(touch x).bpf.o", Path.GetFileName(BpfCompiler.Compile(source)));
        Assert.False(File.Exists(Path.Combine(_place.Path, "x")));
    }

    [Fact]
    public void A_cache_that_others_can_write_is_refused()
    {
        CompileDirectory.Require();
        var cache = Path.Combine(_place.Cache, "bpfps");
        Directory.CreateDirectory(cache);
        File.SetUnixFileMode(cache, (UnixFileMode)0b111_111_111);

        Assert.Equal(BpfErrorKind.PermissionDenied, Assert.Throws<BpfException>(() => BpfCompiler.Compile(_place.Source("int a;\n"))).Kind);
    }
}
