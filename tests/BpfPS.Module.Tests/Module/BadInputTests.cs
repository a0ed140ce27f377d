namespace BpfPS.Module.Tests.Module;

/// <summary>
/// Bad input is one clear error, and leaves nothing in the kernel. That nothing is left every test of this class looks at when it
/// ends.
/// </summary>
public sealed class BadInputTests : KernelTest
{
    private readonly TemporaryFolder _folder = new();
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        Assert.False(_pins.Exists, "Something is pinned.");
        _pins.Dispose();
        _folder.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData("Start-BpfProgram")]
    [InlineData("Watch-BpfEvent")]
    public void A_tool_that_does_not_exist(string command)
    {
        var error = Run($"{command} runqlatt").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "runqlatt");

        Assert.Contains("'runqlatt'", error.Exception.Message);
        Assert.Contains("execsnoop, ", error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Start-BpfProgram")]
    [InlineData("Watch-BpfEvent")]
    [InlineData("Get-BpfObject -FilePath")]
    public void A_file_that_does_not_exist(string command)
    {
        foreach (var file in (string[])["/nosuch/file.bpf.o", "/nosuch/file.bpf.c", "./nosuch.o", "./nosuch"])
        {
            Assert.Contains("nosuch",
                Run($"{command} {file}").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, file).Exception.Message);
        }
    }

    [Theory]
    [InlineData("Start-BpfProgram")]
    [InlineData("Watch-BpfEvent")]
    [InlineData("Get-BpfObject -FilePath")]
    public void A_folder_in_place_of_a_file(string command)
    {
        Assert.Single(Run($"{command} {_folder.Path}/").Errors);
        Assert.Single(Run($"{command} /tmp/").Errors);
    }

    [Fact]
    public void A_file_that_is_no_ELF_file()
    {
        foreach (var content in (byte[][])[[], [0x7f], "hello, world\n"u8.ToArray(), new byte[100_000]])
        {
            Fails(content, "is not an ELF file");
        }
    }

    [Fact]
    public void An_ELF_file_for_another_machine()
    {
        Fails(File.ReadAllBytes("/bin/true"), "");
    }

    [Fact]
    public void An_ELF_file_without_BTF_is_loaded_as_libbpf_does_and_said_once_to_have_no_types()
    {
        var outcome = Run($"$o = Start-BpfProgram {Repository.TestProgram("nobtf")} -NoAttach; $o.Programs.Name").Succeeded();

        Assert.Equal("nobtf", Assert.Single(outcome.Output).BaseObject);
        Assert.Contains("has no type information (BTF, which comes with 'clang -g')", Assert.Single(outcome.Warnings));
        Assert.Single(KernelWitness.Programs("nobtf"));
    }

    [Theory]
    [InlineData("struct old_map { unsigned int type, key_size, value_size, max_entries, flags; }; "
        + "struct old_map SEC(\"maps\") old = { .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 4 };",
        "unsigned int key = 1; return !bpf_map_lookup_elem(&old, &key);", "legacy map definitions in 'maps' section", "SEC(\".maps\")")]
    [InlineData("extern __u64 elsewhere;", "return elsewhere++;", "extern 'elsewhere'", "bpftool gen object")]
    public void What_libbpf_does_not_open_has_its_reason_in_the_error(string definitions, string body, string reason, string remedy)
    {
        RequireCompiler();
        var source = _folder.Write("refused.bpf.c", "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
            + $"char LICENSE[] SEC(\"license\") = \"GPL\";\n{definitions}\nSEC(\"syscall\") int refused(void *ctx) {{ {body} }}\n");

        var outcome = Run($"Start-BpfProgram {source} -NoAttach");

        Assert.Contains(reason, outcome.FailedWith("BpfInvalidData", ErrorCategory.InvalidData).Exception.Message);
        Assert.Contains(remedy, outcome.Error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Messages_of_libbpf_name_it_once()
    {
        var verbose = Run($"Start-BpfProgram {Repository.TestProgram("rejected")} -Verbose -ErrorAction SilentlyContinue").Verbose;

        Assert.Contains(verbose, line => line.StartsWith("libbpf: ", StringComparison.Ordinal));
        Assert.DoesNotContain(verbose, line => line.Contains("libbpf: libbpf:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public void A_file_that_is_cut_off(double part)
    {
        Fails(DamagedObject.CutAt(Repository.TestProgram("types"), part), "");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void BTF_that_is_cut_in_the_middle(double part)
    {
        Fails(DamagedObject.WithSectionCut(Repository.TestProgram("types"), ".BTF", part), "BTF");
    }

    [Theory]
    [InlineData(24, 0xff)]
    [InlineData(24, 0x00)]
    [InlineData(200, 0xff)]
    [InlineData(0, 0x41)]
    public void BTF_that_is_garbage(int from, byte value)
    {
        Fails(DamagedObject.WithSectionFilled(Repository.TestProgram("types"), ".BTF", from, value), "");
    }

    [Theory]
    [InlineData("Start-BpfProgram")]
    [InlineData("Watch-BpfEvent")]
    [InlineData("Get-BpfObject -FilePath")]
    public void A_source_that_does_not_compile(string command)
    {
        RequireCompiler();
        var source = Repository.TestSource("broken");
        var line = Array.FindIndex(File.ReadAllLines(source), text => text.Contains("error: unknown type name", StringComparison.Ordinal))
            + 1;

        var error = Run($"{command} {source}").FailedWith("BpfCompilationFailed", ErrorCategory.SyntaxError, source);

        Assert.Contains($"{source}:{line}", error.Exception.Message);
        Assert.Contains("unknown type name 'unknown_t'", error.Exception.Message);
        Assert.Equal("BpfCompilationException", error.Exception.GetType().Name);
        var messages = Assert.IsType<string>(error.Exception.Property("Messages"));
        Assert.Contains("unknown type name 'unknown_t'", messages);
        Assert.Contains("expected ';'", messages);
        Assert.Equal(line, error.Exception.Property("SourceLine"));
        Assert.Equal(source, error.Exception.Property("SourceFile"));
    }

    [Fact]
    public void A_source_that_includes_what_is_not_there()
    {
        RequireCompiler();
        var source = _folder.Write("x.bpf.c", "#include \"nosuch.h\"\n");

        Assert.Contains("nosuch.h",
            Run($"Start-BpfProgram {source}").FailedWith("BpfCompilationFailed", ErrorCategory.SyntaxError).Exception.Message);
    }

    [Theory]
    [InlineData("Start-BpfProgram {0}")]
    [InlineData("Start-BpfProgram {0} -PinPath {1}")]
    [InlineData("Watch-BpfEvent {0}")]
    public void A_program_that_the_verifier_rejects(string command)
    {
        var source = Repository.TestSource("rejected");
        var line = Array.FindIndex(File.ReadAllLines(source), text => text.EndsWith("/* the fault */", StringComparison.Ordinal)) + 1;

        var outcome = Run(string.Format(command, Repository.TestProgram("rejected"), _pins.Name));

        var error = outcome.FailedWith("BpfVerifierRejected", ErrorCategory.InvalidData, Repository.TestProgram("rejected"));
        Assert.False(outcome.WasTerminated);
        Assert.Equal("BpfVerifierException", error.Exception.GetType().Name);
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", error.Exception.Property("Reason"));
        Assert.Equal("rejected", error.Exception.Property("Program"));
        Assert.Equal("EACCES", error.Exception.Property("Errno")!.ToString());
        Assert.Contains("*count += 1", Assert.IsType<string>(error.Exception.Property("SourceText")));
        var log = Assert.IsType<string>(error.Exception.Property("Log"));
        Assert.Contains("map_value_or_null", log);
        Assert.Contains("processed ", log);
        Assert.IsType<int>(error.Exception.Property("Instruction")!.Property("Index"));
        Assert.Contains("R0 invalid mem access", error.ToString());
        Assert.Equal("UncheckedMapValue", error.Exception.Property("Cause")!.ToString());
        var hint = Assert.IsType<string>(error.Exception.Property("Hint"));
        Assert.Contains("bpf_map_lookup_elem() returns NULL", hint);
        Assert.StartsWith(hint, error.ErrorDetails.RecommendedAction);
        Assert.Equal("R0", error.Exception.Property("Register"));
        // Kernels before 6.10 do not say them, and the object does.
        Assert.Equal(line, Assert.IsType<int>(error.Exception.Property("SourceLine")));
        Assert.EndsWith("rejected.bpf.c", Assert.IsType<string>(error.Exception.Property("SourceFile")));
        Assert.Contains($"rejected.bpf.c:{line}", error.Exception.Message);
    }

    [Fact]
    public void A_script_finds_in_the_error_the_state_and_the_way_there()
    {
        var outcome = Run($"try {{ Start-BpfProgram {Repository.TestProgram("rejected")} -ErrorAction Stop }} catch {{ $e = $_.Exception; "
            + "($e.Registers | Where-Object Name -eq $e.Register).Facts['map']; $e.Path[-1].Index -eq $e.Instruction.Index; "
            + "$e.Path[-1].SourceText -eq $e.SourceText }");

        Assert.Equal(["calls", "True", "True"], outcome.Succeeded().Output.Select(item => item.ToString()));
    }

    [Fact]
    public void A_variable_that_does_not_exist()
    {
        var error = Run("Start-BpfProgram runqlat -Variable @{ nosuch = 1 }")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument, "runqlat");

        Assert.Contains("'nosuch'", error.Exception.Message);
        Assert.Contains("threshold_ns", error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("limited", "9", "10 to 100")]
    [InlineData("limited", "101", "10 to 100")]
    [InlineData("limited", "'ten'", "limited")]
    [InlineData("limited", "10.5", "limited")]
    [InlineData("limited", "$null", "limited")]
    [InlineData("limited", "@(1, 2)", "limited")]
    [InlineData("limited", "@{}", "limited")]
    [InlineData("limited", "([datetime]::Now)", "limited")]
    [InlineData("limited_signed", "-11", "-10 to 10")]
    [InlineData("producer_pid", "-1", "0 to 4294967295")]
    [InlineData("producer_pid", "4294967296", "0 to 4294967295")]
    [InlineData("producer_pid", "([double]::NaN)", "producer_pid")]
    [InlineData("producer_pid", "1e30", "producer_pid")]
    [InlineData("switched", "2", "switched")]
    [InlineData("switched", "'perhaps'", "switched")]
    [InlineData("patience", "([TimeSpan]::FromSeconds(-1))", "patience")]
    [InlineData("paint", "'COLOUR_NONE'", "COLOUR_RED")]
    [InlineData("word", "'sixteen letters!'", "word")]
    [InlineData("list", "1, 2, 3", "list")]
    [InlineData("list", "1, 2, 3, 'x'", "list")]
    [InlineData("ratio", "'half'", "ratio")]
    public void A_value_that_does_not_fit(string variable, string value, string words)
    {
        var error = Run($"Start-BpfProgram $types -Variable @{{ {variable} = {value} }}")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains(variable, error.Exception.Message);
        Assert.Contains(words, error.Exception.Message + error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void One_of_two_values_that_does_not_fit_sets_neither()
    {
        Run("Start-BpfProgram $types -Variable @{ limited = 20; limited_signed = 99 }")
            .FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }

    [Theory]
    [InlineData("/tmp/bpfps-test-pins")]
    [InlineData("/sys/fs/bpf/../../../tmp/bpfps-test-pins")]
    [InlineData("../../../tmp/bpfps-test-pins")]
    [InlineData("/sys/fs/bpf")]
    [InlineData("/sys/fs/cgroup/x")]
    public void A_place_for_pins_outside_of_bpffs(string path)
    {
        var error = Run($"Start-BpfProgram $burst -PinPath {path}").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);

        Assert.Contains("/sys/fs/bpf", error.Exception.Message + error.ErrorDetails.RecommendedAction);
        Assert.False(Path.Exists("/tmp/bpfps-test-pins"));
    }

    [Fact]
    public void A_link_that_leads_out_of_bpffs()
    {
        Directory.CreateDirectory(_pins.Path);
        File.CreateSymbolicLink($"{_pins.Path}/out", "/tmp");
        try
        {
            Assert.Single(Run($"Start-BpfProgram $burst -PinPath {_pins.Name}/out/pins").Errors);
            Assert.False(Path.Exists("/tmp/pins"));
        }
        finally
        {
            _pins.Dispose();
        }
    }

    [Fact]
    public void A_place_for_pins_that_is_taken()
    {
        var taken = _pins.Map("taken");
        try
        {
            var error = Run($"Start-BpfProgram $burst -PinPath {_pins.Path}").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
            Assert.Contains(_pins.Path, error.Exception.Message);
            Assert.Contains("-PinPath", error.ErrorDetails.RecommendedAction);

            Run($"Start-BpfProgram $burst -PinPath {taken}").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
            Run($"Start-BpfProgram $burst -PinPath {taken}/below").FailedWith("BpfAlreadyExists", ErrorCategory.ResourceExists);
            Assert.Empty(Run("Get-BpfObject").Output);
            Assert.Equal(["taken"], _pins.Entries);
        }
        finally
        {
            _pins.Dispose();
        }
    }

    [Fact]
    public void Names_that_are_far_too_long()
    {
        Session.Set("long", new string('x', 5000));

        foreach (var command in (string[])[
            "Start-BpfProgram $long", "Start-BpfProgram /$long.o", "Get-BpfMap $long", "Get-BpfProgram $long", "Get-BpfTool $long",
                "Get-BpfMap -Path $long",
            "Get-BpfPin $long", "Stop-BpfProgram -Path $long", "Start-BpfProgram $burst -PinPath $long", "Watch-BpfEvent -Path $long",
            "Start-BpfProgram $burst -Program $long", "Start-BpfProgram $burst -Variable @{ $long = 1 }",
                "Watch-BpfEvent $burst -EventType $long"])
        {
            Assert.True(Run(command).Errors.Count == 1, command);
        }
    }

    [Fact]
    public void Names_with_a_NUL_in_them()
    {
        foreach (var command in (string[])[
            "Start-BpfProgram \"a`0b\"", "Start-BpfProgram \"/a`0b.o\"", "Get-BpfMap \"a`0b\"", "Get-BpfMap -Path \"a`0b\"",
                "Get-BpfPin \"a`0b\"",
            "Stop-BpfProgram -Path \"a`0b\"", "Start-BpfProgram $burst -PinPath \"a`0b\"", "Get-BpfObject -FilePath \"a`0b\""])
        {
            var error = Run(command).Error;
            Assert.True(error.FullyQualifiedErrorId.StartsWith("Bpf", StringComparison.Ordinal),
                $"{command}: {error.FullyQualifiedErrorId} {error}");
        }
    }

    /// <summary>Every cmdlet that opens the file says the same, and that once.</summary>
    private void Fails(byte[] content, string words)
    {
        var path = _folder.Write("it.bpf.o", content);
        foreach (var command in (string[])["Start-BpfProgram", "Watch-BpfEvent", "Get-BpfObject -FilePath"])
        {
            var error = Run($"{command} {path}").FailedWith("BpfInvalidData", ErrorCategory.InvalidData, path);
            Assert.Contains(words, error.Exception.Message);
            Assert.Contains(path, error.Exception.Message);
        }
    }
}
