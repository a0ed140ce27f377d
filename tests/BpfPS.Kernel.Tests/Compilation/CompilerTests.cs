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
        using var obj = Live.Start(BpfCompiler.Compile(Repository.TestSource("burst")).FilePath, ("producer_pid", Environment.ProcessId));
        using var stream = new BpfEventStream(obj.Map("events"));
        Live.Getppid();

        Assert.Equal("burst", obj.Name);
        Assert.Equal(1ul, Live.Get(Assert.Single(Live.ReadUntil(stream, events => events.Count > 0)), "value"));
    }

    [Theory]
    [InlineData("int i; bpf_for(i, 0, 10) { total += i; }", "", "1.2")]
    [InlineData("bpf_repeat(3) total++;", "", "1.2")]
    [InlineData("total = add(&total);", "__noinline int add(int *p __arg_nonnull) { return *p; }", "1.4")]
    [InlineData("total = 1;", "struct pair { int __uptr *p; }; struct pair pair;", "1.5")]
    [InlineData("int i; bpf_for(i, 0, 10) { total += add(&total); }", "__noinline int add(int *p __arg_nonnull) { return *p; }", "1.4")]
    public void What_only_the_headers_of_a_newer_libbpf_have_is_named_with_the_version(string code, string before, string since)
    {
        CompileDirectory.Require();
        Machine.Require(File.Exists("/usr/include/bpf/bpf_helpers.h"), "libbpf's headers (libbpf-dev) are not installed");
        var source = _place.Source($$"""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            int total;
            {{before}}
            SEC("raw_tp/sys_enter") int program(void *context) { {{code}} return 0; }
            char LICENSE[] SEC("license") = "GPL";
            """);
        // The witness: the installed header itself.
        var name = since switch { "1.2" => code.Contains("bpf_for") ? "bpf_for" : "bpf_repeat", "1.4" => "__arg_nonnull", _ => "__uptr" };
        Assert.SkipWhen(File.ReadAllText("/usr/include/bpf/bpf_helpers.h").Contains($"#define {name}", StringComparison.Ordinal),
            $"libbpf has it since {since}, and this is a header with {name}");

        var error = Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(source));

        Assert.Contains($"'{name}' is in <bpf/bpf_helpers.h> of libbpf {since} or later, and the header here is older", error.Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#include <linux/bpf.h>\nint f(void) { return unlikely(1); }\nint g(int *p __arg_nonnull) { return *p; }",
        "'unlikely' is in <bpf/bpf_helpers.h> of libbpf 1.6 or later, which the source does not include.")]
    [InlineData("#include <bpf/bpf_arena_common.h>", "No version of libbpf has bpf_arena_common.h")]
    [InlineData("#include \"bpf_experimental.h\"", "No version of libbpf has bpf_experimental.h")]
    public void A_header_that_is_not_included_or_that_no_package_has_is_named(string text, string remedy)
    {
        CompileDirectory.Require();

        Assert.Contains(remedy, Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(_place.Source(text))).Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int value SEC(\".addr_space.1\");", "", "1.4", "in section '.addr_space.1', which requires libbpf 1.4 or later")]
    [InlineData("struct operations { int x; }; struct operations value SEC(\"?.struct_ops\");", "", "1.4",
        "in section '?.struct_ops', which requires libbpf 1.4 or later")]
    [InlineData("int value;", "if (likely(value)) return 1;", "99.0", "failed to find BTF for extern 'likely'")]
    public void What_only_a_newer_libbpf_can_load_is_named_with_the_version(string data, string code, string since, string message)
    {
        CompileDirectory.Require();
        Live.RequireLibBpfBefore(since);
        var source = _place.Source($$"""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            {{data}}
            SEC("raw_tp/sys_enter") int program(void *context) { {{code}} return 0; }
            char LICENSE[] SEC("license") = "GPL";
            """);
        string compiled;
        try
        {
            compiled = BpfCompiler.Compile(source).FilePath;
        }
        catch (BpfCompilationException e)
        {
            // For a newer clang it is an error already.
            Assert.Contains("'likely' is in <bpf/bpf_helpers.h> of libbpf 1.6", e.Remedy, StringComparison.Ordinal);
            return;
        }
        Assert.SkipWhen(code.Length > 0 && File.ReadAllText("/usr/include/bpf/bpf_helpers.h").Contains("#define likely"),
            "libbpf has it since 1.6, and this is a header with it");

        var error = Assert.Throws<BpfException>(() => BpfObjectStarter.Start(compiled, new BpfStartOptions()));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(code.Length > 0 ? "'likely' is in <bpf/bpf_helpers.h> of libbpf 1.6" : "Install a newer libbpf1 package",
            error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_source_is_compiled_once()
    {
        CompileDirectory.Require();
        var source = _place.Source("#include \"mine.h\"\nint number = NUMBER;\n");
        File.WriteAllText(Path.Combine(_place.Path, "mine.h"), "#define NUMBER 1\n");
        var first = BpfCompiler.Compile(source).FilePath;
        var inode = Command.Output("stat", "-c", "%i %Y %Z", first);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var second = BpfCompiler.Compile(source).FilePath;

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
        var first = File.ReadAllBytes(BpfCompiler.Compile(source).FilePath);
        File.WriteAllText(header, "#define NUMBER 77\n");
        var second = File.ReadAllBytes(BpfCompiler.Compile(source).FilePath);
        File.WriteAllText(source, "#include \"mine.h\"\nint other = NUMBER;\n");
        var third = File.ReadAllBytes(BpfCompiler.Compile(source).FilePath);
        File.WriteAllText(source, "#include \"mine.h\"\nint number = NUMBER;\n");
        File.WriteAllText(header, "#define NUMBER 1\n");

        Assert.NotEqual(first, second);
        Assert.NotEqual(second, third);
        Assert.Equal(first, File.ReadAllBytes(BpfCompiler.Compile(source).FilePath));
    }

    [Fact]
    public void A_comment_that_changes_the_line_numbers_changes_the_object()
    {
        // The object carries the lines of its source: after the change they must be the new ones.
        CompileDirectory.Require();
        var source = _place.Source("#include \"kernel.h\"\n#include <bpf/bpf_helpers.h>\n"
            + "char LICENSE[] SEC(\"license\") = \"GPL\";\nSEC(\"socket\") int p(void *c)\n{\n\treturn 0; /* old */\n}\n");
        var first = Lines(BpfCompiler.Compile(source).FilePath);
        File.WriteAllText(source,
            File.ReadAllText(source).Replace("{\n", "{\n\n\n", StringComparison.Ordinal).Replace("old", "new", StringComparison.Ordinal));
        var second = Lines(BpfCompiler.Compile(source).FilePath);

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
        var line = Array.FindIndex(File.ReadAllLines(path), text => text.Contains("/* error: unknown type name", StringComparison.Ordinal))
            + 1;
        var error = Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(path));

        Assert.Equal((BpfErrorKind.CompilationFailed, path, line, "unknown type name 'unknown_t'"),
            (error.Kind, error.SourceFile, error.SourceLine, error.FirstError));
        Assert.StartsWith($"{path} does not compile, 2 errors:\n{path}:{line}:1: error: unknown type name 'unknown_t'\n{path}:",
            error.Message, StringComparison.Ordinal);
        Assert.Equal(["unknown type name 'unknown_t'", "expected ';' at end of declaration"],
            error.Diagnostics.Where(diagnostic => diagnostic.IsError).Select(diagnostic => diagnostic.Message));
        Assert.Contains("expected ';'", error.Messages, StringComparison.Ordinal);
        Assert.Empty(_place.CachedFiles());
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
        var obj = BpfObjectSpec.Read(BpfCompiler.Compile(source).FilePath);
        var expected = Command.Output("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux").Split('\n')
            .First(line => line.Contains("STRUCT 'task_struct' size=", StringComparison.Ordinal));

        Assert.Equal(["program"], obj.Programs.Select(program => program.Name));
        using var started = BpfObjectStarter.Start(obj.Path, new BpfStartOptions { Attach = false });
        var size = Bpftool.Globals(started.Maps.Single(map => map.Name.EndsWith(".data", StringComparison.Ordinal)).Id, ".data")["size"]
            .GetInt32();
        Assert.Contains($"size={size} ", expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_that_is_not_there_is_a_clear_error()
    {
        var error = Assert.Throws<BpfException>(() => BpfCompiler.Compile("/no/such/source.bpf.c"));

        Assert.Equal((BpfErrorKind.NotFound, "File '/no/such/source.bpf.c' does not exist."), (error.Kind, error.Message));
    }

    [Fact]
    public void A_name_that_looks_like_an_option_is_a_name()
    {
        CompileDirectory.Require();
        var source = Path.Combine(_place.Path, "-o evil $(touch x).bpf.c");
        File.WriteAllText(source, "int number = 1;\n");

        Assert.Equal("-o evil $(touch x).bpf.o", Path.GetFileName(BpfCompiler.Compile(source).FilePath));
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

    [Fact]
    public void Warnings_are_objects_also_when_the_object_comes_from_the_cache()
    {
        CompileDirectory.Require();
        File.WriteAllText(Path.Combine(_place.Path, "mine.h"), "static int unused_function(void) { return 1; }\n");
        var source = _place.Source("#include \"mine.h\"\nint number(int a)\n"
            + "{\n\tint spare = 1;\n\tif (a = 2)\n\t\treturn 1;\n\treturn 0;\n}\n");
        var first = BpfCompiler.Compile(source);
        var second = BpfCompiler.Compile(source);

        Assert.Equal((false, true), (first.FromCache, second.FromCache));
        Assert.Equal(first.Warnings.Select(warning => warning.ToString()), second.Warnings.Select(warning => warning.ToString()));
        var (spare, assignment, header) = (Warning("-Wunused-variable"), Warning("-Wparentheses"), Warning("-Wunused-function"));
        Assert.Equal((source, 4, 6, "warning", false), (spare.File, spare.Line, spare.Column, spare.Severity, spare.IsError));
        Assert.Equal($"{source}:4:6: warning: unused variable 'spare' [-Wunused-variable]", spare.ToString());
        Assert.Matches(@"^[\s\d|]+int spare = 1;\n[\s|]+\^", spare.Excerpt);
        Assert.Equal(5, assignment.Line);
        Assert.Equal(["note", "note"], assignment.Notes.Select(note => note.Severity));
        Assert.Contains("==", assignment.Notes[1].Excerpt, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_place.Path, "mine.h"), header.File);

        BpfDiagnostic Warning(string option) => Assert.Single(second.Warnings, warning => warning.Option == option);
    }

    [Fact]
    public void A_macro_and_a_directory_of_headers_are_part_of_what_is_cached()
    {
        CompileDirectory.Require();
        var headers = Directory.CreateDirectory(Path.Combine(_place.Path, "headers; touch x")).FullName;
        File.WriteAllText(Path.Combine(headers, "elsewhere.h"), "#define STEP 4\n");
        var source = _place.Source("#include <elsewhere.h>\n#ifndef FLAG\n#error no flag\n#endif\n"
            + "const volatile int number = NUMBER + STEP;\nconst volatile char text[] = TEXT;\n");
        int Number(int number)
        {
            var options = new BpfCompileOptions { Definitions = new Dictionary<string,
                string?> { ["NUMBER"] = $"{number}", ["TEXT"] = "\"$(touch x) 'a' `b`\"", ["FLAG"] = null },
                IncludeDirectories = [headers] };
            return (int)BpfObjectSpec.Read(BpfCompiler.Compile(source, options).FilePath).Variables.Single(variable =>
                variable.Name == "number").Value!;
        }

        Assert.Equal((5, 104, 5), (Number(1), Number(100), Number(1)));
        var bytes = File.ReadAllBytes(Directory.GetFiles(_place.Cache, "source.bpf.o", SearchOption.AllDirectories)[0]);
        Assert.Contains("$(touch x) 'a' `b`", System.Text.Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_place.Path, "x", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("A B")]
    [InlineData("A=1 -o/tmp/x")]
    [InlineData("1A")]
    [InlineData("A(x)")]
    [InlineData("")]
    [InlineData("A\n")]
    public void What_is_no_name_of_a_macro_is_refused(string name)
    {
        CompileDirectory.Require();
        var options = new BpfCompileOptions { Definitions = new Dictionary<string, string?> { [name] = "1" } };

        Assert.Equal(BpfErrorKind.InvalidArgument,
            Assert.Throws<BpfException>(() => BpfCompiler.Compile(_place.Source("int a;\n"), options)).Kind);
    }

    [Fact]
    public void The_kernels_types_are_found_for_a_header_that_wants_them_and_ones_own_come_first()
    {
        CompileDirectory.Require();
        File.WriteAllText(Path.Combine(_place.Path, "mine.h"), "#include \"vmlinux.h\"\n");
        var source = _place.Source("#include \"mine.h\"\nconst volatile int is_large = sizeof(struct task_struct) > 1000;\n");
        Assert.Empty(BpfCompiler.Compile(source).Warnings); // nor does the kernel's header warn of itself

        File.WriteAllText(Path.Combine(_place.Path, "vmlinux.h"), "struct task_struct { int own; };\n");
        Assert.Equal(0, BpfObjectSpec.Read(BpfCompiler.Compile(source).FilePath).Variables.Single().Value);
    }

    [Fact]
    public void The_command_line_makes_the_same_object_in_a_shell()
    {
        CompileDirectory.Require();
        var compiled = BpfCompiler.Compile(_place.Source("int number = 7;\n"),
            new BpfCompileOptions { Definitions = new Dictionary<string, string?> { ["TEXT"] = "\"it's $HOME\"" } });
        var ours = File.ReadAllBytes(compiled.FilePath);
        File.Delete(compiled.FilePath);
        Command.Output("sh", "-c", $"cd {_place.Path} && {compiled.CommandLine}");

        Assert.Equal(ours, File.ReadAllBytes(compiled.FilePath));
    }

    [Fact]
    public void What_was_not_used_for_long_is_cleared_away()
    {
        CompileDirectory.Require();
        var old = Path.GetDirectoryName(BpfCompiler.Compile(_place.Source("int a;\n")).FilePath)!;
        var used = BpfCompiler.Compile(_place.Source("int b;\n")).FilePath;
        foreach (var directory in (string[])[old, Path.GetDirectoryName(used)!])
        {
            Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow.AddDays(-100));
        }
        Assert.True(BpfCompiler.Compile(_place.Source("int b;\n")).FromCache);
        BpfCompiler.Compile(_place.Source("int c;\n"));

        Assert.False(Directory.Exists(old));
        Assert.True(File.Exists(used));
    }

    [Fact]
    public void A_compiler_that_is_ended_leaves_nothing_behind()
    {
        CompileDirectory.Require();
        // Sixteen million lines take far longer than the test waits.
        var source = _place.Source("#define A(x) x x x x x x x x x x x x x x x x\nint a = 0 A(A(A(A(A(A(+ 1))))));\n");
        using var ending = new CancellationTokenSource();
        var wasRunning = false;
        var watch = new System.Diagnostics.Stopwatch();
        var user = new Thread(() =>
        {
            wasRunning = SpinWait.SpinUntil(IsRunning, TimeSpan.FromSeconds(30));
            watch.Start();
            ending.Cancel();
        });
        user.Start();

        Assert.ThrowsAny<OperationCanceledException>(() => BpfCompiler.Compile(source, cancellation: ending.Token));
        user.Join();
        Assert.True(wasRunning, "ps did not show the compiler");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
        Assert.False(IsRunning());
        Assert.Empty(_place.CachedFiles()); // it was still reading the source

        bool IsRunning() => Command.Output("ps", "-eo", "args").Split('\n').Any(line => line.Contains(source, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_clang_that_is_installed_makes_objects_that_load()
    {
        CompileDirectory.Require();
        var own = _place.Source("""
            #include "vmlinux.h"
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_core_read.h>
            char LICENSE[] SEC("license") = "GPL";
            SEC("tp_btf/sched_switch") int program(__u64 *context)
            {
                struct task_struct *task = (void *)context[1];
                return BPF_CORE_READ(task, real_parent, pid) & 1;
            }
            """);
        foreach (var compiler in BpfCompiler.CompilerNames)
        {
            foreach (var source in (string[])[own, Path.Combine(Repository.Root, "bpf/execsnoop.bpf.c"), Repository.TestSource("burst")])
            {
                var compiled = BpfCompiler.Compile(source, new BpfCompileOptions { Compiler = compiler });
                using var obj = BpfObjectStarter.Start(compiled.FilePath, new BpfStartOptions { Attach = false });
                Assert.Contains(obj.Programs[0].Id, Bpftool.List("prog").Keys);
                Assert.EndsWith(compiler, compiled.Compiler, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_destination_is_written_whole_and_what_is_no_object_stays()
    {
        CompileDirectory.Require();
        var source = _place.Source("int a = 1;\n");
        var folder = Directory.CreateDirectory(Path.Combine(_place.Path, "out")).FullName;
        BpfCompilation To(string destination, bool force = false) =>
            BpfCompiler.Compile(source, new BpfCompileOptions { Destination = destination, Force = force });

        Assert.Equal(Path.Combine(folder, "source.bpf.o"), To(folder).FilePath);
        Assert.Equal(Path.Combine(folder, "other.o"), To(Path.Combine(folder, "other.o")).FilePath);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "source.bpf.o")),
            File.ReadAllBytes(To(Path.Combine(folder, "other.o")).FilePath));
        var text = Path.Combine(folder, "letter.txt");
        File.WriteAllText(text, "Dear all, this letter is longer than a header.");
        Assert.Equal(BpfErrorKind.AlreadyExists, Assert.Throws<BpfException>(() => To(text)).Kind);
        Assert.StartsWith("Dear", File.ReadAllText(text), StringComparison.Ordinal);
        Assert.Equal(text, To(text, force: true).FilePath);
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => To(source, force: true)).Kind);
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => To("/dev/null", force: true)).Kind);
        Assert.Equal(BpfErrorKind.NotFound, Assert.Throws<BpfException>(() => To(Path.Combine(folder, "nowhere/a.o"))).Kind);
        Assert.Equal("int a = 1;\n", File.ReadAllText(source));
        Assert.Equal(["letter.txt", "other.o", "source.bpf.o"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_never_ends_is_no_source()
    {
        Assert.Equal(BpfErrorKind.InvalidArgument, Assert.Throws<BpfException>(() => BpfCompiler.Compile("/dev/zero")).Kind);
    }

    [Theory]
    [InlineData("gcc", BpfErrorKind.InvalidArgument)]
    [InlineData("/nowhere/clang", BpfErrorKind.NotFound)]
    [InlineData("nosuchclang", BpfErrorKind.NotFound)]
    public void A_compiler_that_is_no_clang_is_refused(string compiler, BpfErrorKind kind)
    {
        CompileDirectory.Require();

        Assert.Equal(kind, Assert.Throws<BpfException>(() =>
            BpfCompiler.Compile(_place.Source("int a;\n"), new BpfCompileOptions { Compiler = compiler })).Kind);
    }

    [Fact]
    public void A_clang_that_is_too_old_is_refused_and_one_that_is_named_is_used()
    {
        CompileDirectory.Require();
        var named = Path.Combine(_place.Path, "clang-mine");
        var real = BpfCompiler.Compile(_place.Source("int a;\n"));
        File.CreateSymbolicLink(named, real.Compiler);
        var old = Path.Combine(_place.Path, "clang-old");
        File.WriteAllText(old, "#!/bin/sh\necho Debian clang version 13.0.1-6\n");
        File.SetUnixFileMode(old, (UnixFileMode)0b111_101_101);
        var compiled = BpfCompiler.Compile(_place.Source("int a;\n"), new BpfCompileOptions { Compiler = named });

        Assert.Equal((named, real.CompilerVersion, false), (compiled.Compiler, compiled.CompilerVersion, compiled.FromCache));
        var error = Assert.Throws<BpfException>(() =>
            BpfCompiler.Compile(_place.Source("int a;\n"), new BpfCompileOptions { Compiler = old }));
        Assert.Equal(BpfErrorKind.NotSupported, error.Kind);
        Assert.Contains("clang 13.0.1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bpf/nosuch.h", "libbpf-dev")]
    [InlineData("linux/nosuch.h", "linux-libc-dev")]
    [InlineData("gnu/nosuch.h", "vmlinux.h")]
    public void A_header_that_is_missing_says_what_to_install(string header, string remedy)
    {
        CompileDirectory.Require();
        var error = Assert.Throws<BpfCompilationException>(() => BpfCompiler.Compile(_place.Source($"#include <{header}>\n")));

        Assert.EndsWith($"source.bpf.c:1:10 does not compile: '{header}' file not found", error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }
}
