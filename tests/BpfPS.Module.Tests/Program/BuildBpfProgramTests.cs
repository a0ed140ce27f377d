namespace BpfPS.Module.Tests.Program;

public sealed class BuildBpfProgramTests : KernelTest
{
    private const string Opens = """
        #include "vmlinux.h"
        #include <bpf/bpf_helpers.h>
        __u64 opens;
        SEC("tracepoint/syscalls/sys_enter_openat")
        int count_opens(void *context)
        {
            __u32 unused = 1;
            __sync_fetch_and_add(&opens, STEP);
            return 0;
        }
        char LICENSE[] SEC("license") = "Dual BSD/GPL";

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string? _cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");

    public BuildBpfProgramTests()
    {
        RequireCompiler();
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", $"{_folder.Path}/cache");
    }

    public override void Dispose()
    {
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cache);
        base.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_built_starts_from_the_pipeline()
    {
        var source = _folder.Write("opens.bpf.c", Opens);
        var outcome = Run(
            $"$o = Build-BpfProgram {source} -Definition @{{ STEP = 3 }} -WarningAction SilentlyContinue | Start-BpfProgram; "
            + "[System.IO.File]::ReadAllText('/proc/version') > $null; "
            + "(Get-BpfVariable opens -Object $o).Value; Stop-BpfProgram $o").Succeeded();

        var opens = Assert.IsType<ulong>(outcome.Only.BaseObject);
        Assert.True(opens >= 3 && opens % 3 == 0, $"{opens}");
        NothingIsLeft();
    }

    [Fact]
    public void The_object_is_one_that_bpftool_can_load()
    {
        var source = _folder.Write("opens.bpf.c", Opens);
        var built = Run($"Build-BpfProgram {source} -Destination {_folder.Path} -Definition @{{ STEP = 1 }}").Only;
        using var pins = new PinFolder();
        Directory.CreateDirectory(pins.Path);

        Assert.Equal($"{_folder.Path}/opens.bpf.o", built.Get<string>("FilePath"));
        Assert.Equal(new FileInfo(built.Get<string>("FilePath")).Length, built.Get<long>("Size"));
        Command.Output("bpftool", "prog", "load", built.Get<string>("FilePath"), $"{pins.Path}/loaded");
        Assert.Contains("count_opens", Command.Output("bpftool", "prog", "show", "pinned", $"{pins.Path}/loaded"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Build-BpfProgram {0}")]
    [InlineData("Start-BpfProgram {0} -NoAttach | Stop-BpfProgram")]
    [InlineData("Get-BpfObject -FilePath {0}")]
    [InlineData("Test-BpfFeature -Object {0}")]
    public void Warnings_come_in_clangs_words_each_time(string command)
    {
        var source = _folder.Write("warns.bpf.c", Opens.Replace("STEP", "1", StringComparison.Ordinal));
        for (var i = 0; i < 2; i++)
        {
            var outcome = Run(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, source)).Succeeded();
            Assert.Equal([$"{source}:7:11: warning: unused variable 'unused' [-Wunused-variable]"], outcome.Warnings);
        }
    }

    [Fact]
    public void Wildcards_find_sources_and_one_that_does_not_compile_is_an_error_of_its_own()
    {
        _folder.Write("a.bpf.c", "int a = 1;\n");
        var broken = _folder.Write("b.bpf.c", "int b = nosuch;\nint c = unknown;\n");
        _folder.Write("c[1].bpf.c", "int c = 1;\n");
        var outcome = Run($"Build-BpfProgram '{_folder.Path}/*.bpf.c', "
            + $"'{_folder.Path}/c[1].bpf.c', '{_folder.Path}/none*.c' -Destination {_folder.Path}");

        Assert.Equal(["a.bpf.o", "c[1].bpf.o"], outcome.Output.Select(built => Path.GetFileName(built.Get<string>("FilePath"))));
        var error = outcome.FailedWith("BpfCompilationFailed", ErrorCategory.SyntaxError, broken);
        Session.Set("failure", error);
        Assert.Equal(["1", "2"], Run("$failure.Exception.Diagnostics.Line").Succeeded().Output.Select(line => $"{line}"));
    }

    [Fact]
    public void Files_come_through_the_pipeline()
    {
        _folder.Write("a.bpf.c", "int a = 1;\n");
        _folder.Write("b [x].bpf.c", "int b = 1;\n");

        Assert.Equal(["a.bpf.c", "b [x].bpf.c"], Run($"[System.IO.DirectoryInfo]::new('{_folder.Path}').GetFiles('*.c') | Build-BpfProgram")
            .Succeeded().Output.Select(built => Path.GetFileName(built.Get<string>("SourceFile"))).Order());
    }

    [Fact]
    public void Macros_are_what_PowerShell_has_and_no_command()
    {
        var text = $"$(touch {_folder.Path}/x) `touch {_folder.Path}/x`";
        var source = _folder.Write("macros.bpf.c", $"""
            _Static_assert(YES == 1 && NO == 0 && BARE == 1 && NUMBER == 0x7fffffffffffffffULL
                && sizeof(TEXT) == {text.Length + 1}, "macros");
            int a = 1;

            """);
        Run("$definition = @{ YES = $true; NO = $false; BARE = $null; NUMBER = [long]::MaxValue; "
            + $$"""TEXT = '"{{text}}"' }; Build-BpfProgram {{source}} -Definition $definition""").Succeeded();
        Run($"Build-BpfProgram {source} -Definition @{{ 'A; touch {_folder.Path}/x' = 1 }}")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.False(File.Exists($"{_folder.Path}/x"));
    }

    [Fact]
    public void Several_sources_are_not_written_over_each_other()
    {
        var sources = $"{_folder.Write("a.bpf.c", "int a;\n")}, {_folder.Write("b.bpf.c", "int b;\n")}";
        Run($"Build-BpfProgram {sources} -Destination {_folder.Path}/one.o")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.False(File.Exists($"{_folder.Path}/one.o"));
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Run($"Build-BpfProgram {_folder.Write("a.bpf.c", "int a;\n")} -Destination {_folder.Path} -WhatIf").Succeeded();

        Assert.False(File.Exists($"{_folder.Path}/a.bpf.o"));
    }

    [Fact]
    public void Compilers_on_the_path_are_completed()
    {
        var names = Session.Complete("Build-BpfProgram x -Compiler ").Select(result => result.CompletionText).ToArray();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.NotNull(Machine.Find(name)));
    }

    [Fact]
    public void Where_libbpfs_headers_are_not_installed_those_of_the_module_serve_but_for_usdt()
    {
        var source = _folder.Write("opens.bpf.c", Opens.Replace("STEP", "1", StringComparison.Ordinal));
        var usdt = _folder.Write("usdt.bpf.c", Opens.Replace("STEP", "1", StringComparison.Ordinal)
            .Replace("__u64 opens;", "#include <bpf/usdt.bpf.h>\n__u64 opens;", StringComparison.Ordinal));
        var result = Shell.RunWithMounts("mount -t tmpfs none /usr/include/bpf", $$"""
            (Build-BpfProgram {{source}} -WarningAction Ignore).Size -gt 0
            try { Build-BpfProgram {{usdt}} -ErrorAction Stop } catch { $_.Exception.Message; $_.ErrorDetails.RecommendedAction }
            """).Succeeded();

        Assert.Equal("True", result.Lines[0]);
        Assert.EndsWith("does not compile: 'bpf/usdt.bpf.h' file not found", result.Lines[1], StringComparison.Ordinal);
        Assert.Contains("apt install libbpf-dev", result.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_clang_the_error_says_what_to_install()
    {
        var source = _folder.Write("a.bpf.c", "int a;\n");
        const string NoClang = "for d in /usr/lib/llvm* /usr/lib64/llvm*; do [ -d $d ] && mount -t tmpfs none $d; done; "
            + "PATH=/nowhere; export PATH";
        var result = Shell.RunWithMounts(NoClang, $$"""
            try { Build-BpfProgram {{source}} } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }
            try { Start-BpfProgram {{source}} } catch { $_.FullyQualifiedErrorId }
            """).Succeeded();

        Assert.StartsWith("BpfDependencyMissing,", result.Lines[0], StringComparison.Ordinal);
        Assert.Contains("apt install clang", result.Lines[1], StringComparison.Ordinal);
        Assert.StartsWith("BpfDependencyMissing,", result.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_clang_that_is_not_on_the_path_is_found_where_the_distribution_keeps_it()
    {
        Machine.Require(Directory.EnumerateDirectories("/usr/lib", "llvm-*").Any(folder => File.Exists($"{folder}/bin/clang")),
            "this distribution keeps no clang elsewhere");
        var source = _folder.Write("a.bpf.c", "int a = 1;\n");
        var result = Shell.RunWithMounts("PATH=/nowhere; export PATH", $"(Build-BpfProgram {source}).Compiler").Succeeded();

        Assert.StartsWith("/usr/lib/llvm-", Assert.Single(result.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Build-BpfProgram")]
    [InlineData("Start-BpfProgram -NoAttach")]
    [InlineData("Test-BpfFeature -Object")]
    public void Stopping_the_pipeline_stops_the_compiler_and_leaves_nothing(string command)
    {
        var source = _folder.Write("long.bpf.c", "#define A(x) x x x x x x x x x x x x x x x x\nint a = 0 A(A(A(A(A(A(+ 1))))));\n");
        using var script = Session.Start($"{command} {source}");
        Assert.True(SpinWait.SpinUntil(Compiles, TimeSpan.FromSeconds(20)), "no compiler was started");
        script.Stop();

        Assert.True(SpinWait.SpinUntil(() => !Compiles(), TimeSpan.FromSeconds(5)), "the compiler still runs");
        // What is kept of the kernel, and of the compiler where no test of this process has asked for it before, is whole.
        Assert.Empty(Directory.Exists($"{_folder.Path}/cache")
            ? Directory.GetFiles($"{_folder.Path}/cache", "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("vmlinux.h" or "version.txt")) : []);

        bool Compiles() => Command.Output("ps", "-eo", "args").Split('\n').Any(line => line.Contains(source, StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_written_or_run_is_an_error_that_says_so()
    {
        var source = _folder.Write("a.bpf.c", "int a = VALUE;\n");
        Assert.Contains("too long", Run($"Build-BpfProgram {source} -Definition @{{ VALUE = '(' * 200000 }}")
            .FailedWith("BpfOperationFailed", ErrorCategory.InvalidOperation).Exception.Message, StringComparison.Ordinal);
        Run($"Build-BpfProgram {source} -Definition @{{ VALUE = 1, 2 }}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Directory.CreateDirectory($"{_folder.Path}/small");
        var smallCache = $"mount -t tmpfs -o size=16k none {_folder.Path}/small; export XDG_CACHE_HOME={_folder.Path}/small";
        var full = Shell.RunWithMounts(smallCache, $$"""
            try { Build-BpfProgram {{_folder.Write("vm.bpf.c", "#include \"vmlinux.h\"\nint a;\n")}} -ErrorAction Stop }
            catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }
            """).Succeeded();

        Assert.StartsWith("BpfOperationFailed,", full.Lines[0], StringComparison.Ordinal);
        Assert.Contains("XDG_CACHE_HOME", full.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_only_say_how_to_compile_are_passed_on()
    {
        var source = _folder.Write("strict.bpf.c", "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
            + "char LICENSE[] SEC(\"license\") = \"GPL\";\nSEC(\"syscall\") int strict(void *context) { int unused_here; return 0; }\n");

        var built = Run($"Build-BpfProgram {source} -CompilerOption '-std=gnu11', '-Wextra', '-Wno-unused-variable', '-O1'").Succeeded();

        Assert.Contains("-std=gnu11 -Wextra -Wno-unused-variable -O1", Assert.Single(built.Output).Get<string>("CommandLine"));
        Assert.Contains("unused parameter 'context'", Assert.Single(built.Warnings));
        Assert.Contains("unused variable 'unused_here'",
            Run($"Build-BpfProgram {source} -CompilerOption '-std=gnu11', '-Werror'").Error.Exception.Message);
    }

    [Theory]
    [InlineData("-o/tmp/x")]
    [InlineData("-fplugin=/tmp/x.so")]
    [InlineData("-Wl,-plugin")]
    [InlineData("-Wp,-MD,/tmp/x")]
    [InlineData("-Wa,-o")]
    [InlineData("-load")]
    [InlineData("-Xclang")]
    [InlineData("@/etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("-I/tmp")]
    [InlineData("-include/etc/passwd")]
    [InlineData("-save-temps")]
    [InlineData("-MD")]
    [InlineData("-B/tmp")]
    [InlineData("-fdump-x=/tmp/y")]
    [InlineData("-fprofile-use=/tmp/y")]
    [InlineData("-std=gnu11 -o x")]
    [InlineData("-ftime-report")]
    [InlineData("-serialize-diagnostics")]
    public void Options_that_could_read_or_write_files_or_run_something_are_refused(string option)
    {
        var source = _folder.Write("plain.bpf.c", "char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";");

        Assert.Contains("is not an option that can be passed to clang",
            Run($"Build-BpfProgram {source} -CompilerOption '{option}'").Error.Exception.Message);
    }

    [Fact]
    public void A_cache_that_somebody_else_could_change_is_not_used()
    {
        var source = _folder.Write("cached.bpf.c", "char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";");
        var shared = Directory.CreateDirectory($"{_folder.Path}/shared").FullName;
        Directory.CreateDirectory($"{shared}/cache");
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", $"{shared}/cache");
        File.SetUnixFileMode(shared, (UnixFileMode)0b111_111_111);
        Assert.Contains($"Other users can write to the directory '{shared}' above the cache.",
            Run($"Build-BpfProgram {source}").FailedWith("BpfPermissionDenied", ErrorCategory.PermissionDenied).Exception.Message);
        File.SetUnixFileMode(shared, (UnixFileMode)0b111_101_101);

        Run($"Build-BpfProgram {source}").Succeeded();
    }

    [Fact]
    public void Root_with_the_environment_of_another_user_does_not_use_that_users_cache()
    {
        var source = _folder.Write("theirs.bpf.c", "char LICENSE[] __attribute__((section(\"license\"))) = \"GPL\";");
        var theirs = Directory.CreateDirectory($"{_folder.Path}/theirs").FullName;
        Command.Output("chown", "65534", theirs);

        var result = Shell.RunWithMounts($"mount -t tmpfs none /root; export HOME={theirs}; unset XDG_CACHE_HOME",
            $"$w = $( Build-BpfProgram {source} | Out-Null; Build-BpfProgram {source} | Out-Null ) 3>&1; @($w).Count; \"$w\"; "
                + "Test-Path /root/.cache/bpfps").Succeeded();

        Assert.Equal("1", result.Lines[0]);
        Assert.Contains($"'{theirs}/.cache', the cache of the environment, belongs to user nobody", result.Lines[1]);
        Assert.Equal("True", result.Lines[2]);
        Assert.Empty(Directory.GetFileSystemEntries(theirs, "bpfps", SearchOption.AllDirectories));
    }
}
