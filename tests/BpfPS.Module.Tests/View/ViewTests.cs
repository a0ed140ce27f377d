using System.Xml.Linq;

namespace BpfPS.Module.Tests.View;

/// <summary>What a person sees.</summary>
public sealed class ViewTests : KernelTest
{
    private const string Escape = "\u001b";

    private static string Rejection => $"try {{ Start-BpfProgram {Repository.TestProgram("rejected")} -ErrorAction Stop }} catch {{ }}";

    public static TheoryData<string, string, string> Tables => new()
    {
        { "Get-BpfTool runql*", "Name Gives Question", "runqlat events, hist" },
        { "(Get-BpfTool runqlat).Variables | Where-Object Name -eq threshold_ns", "Name Type Value Unit Help",
            "threshold_ns bpfps_duration_t 0us ns Send an event" },
        { "Start-BpfProgram $burst", "Name State Programs Links Maps StartTime PinPath", "burst Attached 1 1 3" },
        { "$o = Start-BpfProgram $burst; Get-BpfProgram -Id $o.Programs[0].Id", "Id Name Type LoadTime UserId Processes",
            "burst tracing" },
        { "Start-BpfProgram $burst | Measure-BpfProgram -Duration 10ms", "Time Id Name Runs/s ns/run CPU % Processes", "burst" },
        { "Start-BpfProgram $burst -NoAttach | Get-BpfInstruction", "Index Text Line Source", "(79) r" },
        { "Start-BpfProgram $burst -NoAttach | Get-BpfInstruction -Jited", "Address Function Bytes Line Source", "burst" },
        { $"$o = Start-BpfProgram {Repository.TestProgram("runs")} -NoAttach; $o.Programs | Where-Object Name -eq verdict "
            + "| Invoke-BpfProgram -Data ('00' * 20)", "Packet Name Return Meaning ns/run Bytes Data", "verdict 1 XDP_DROP" },
        { "$o = Start-BpfProgram $types; $o.Maps | Where-Object Name -eq by_struct", "Id Name Type MaxEntries KeyType ValueType",
            "by_struct hash 1024 struct flow_k… struct flow_value" },
        { $"{Rejection}; $Error[0].Exception.Registers", "Name Frame Type State", "R0 0 map_value_or_null map_value_or_null(" },
        { $"{Rejection}; $Error[0].Exception.Path", "Index Instruction Branch Line SourceText", "0 (79) r1 = *(u64 *)(r1 +8)" },
        { "$o = Start-BpfProgram runqlat; $clock = [Diagnostics.Stopwatch]::StartNew(); "
            + "do { $rows = Get-BpfMapEntry -InputObject ($o.Maps | Where-Object Name -eq hist) } "
            + "until ($rows -or $clock.Elapsed.TotalSeconds -gt 15); $rows", "cpu from to count distribution", "all" },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_shows_its_header_and_its_first_row(string script, string header, string row)
    {
        var lines = Shown(script);

        Assert.Equal(header, lines[0]);
        Assert.Matches("^[- ]+$", lines[1]);
        Assert.Contains(row, lines[2]);
    }

    [Fact]
    public void A_wait_is_shown_in_the_unit_that_suits_it()
    {
        var lines = Shown("Watch-BpfEvent runqlat -Variable @{ threshold_ns = 1 } -First 1");

        Assert.Equal("time pid tid comm wait cpu waker_pid waker_comm", lines[0]);
        Assert.Matches(@" \d+(\.\d+)?(us|ms|s) \d+ \d+ ", lines[2]);
    }

    [Fact]
    public void A_pin_is_a_row_with_its_path()
    {
        using var pins = new PinFolder();
        pins.Map("it");

        var lines = Shown($"Get-BpfPin {pins.Name}");

        Assert.Equal($"Directory: {pins.Path}", lines[0]);
        Assert.Equal("Kind Id Type Name Pin", lines[1]);
        Assert.Matches("^Map [0-9]+ array it it$", lines[3]);
    }

    [Fact]
    public void The_first_event_is_shown_before_the_second_comes()
    {
        Given("$o = Start-BpfProgram execsnoop -Variable @{ ppid = $PID }");
        Session.Host.Clear();
        using var running = Session.StartShown("$o | Watch-BpfEvent -Filter { $_.ppid -eq $PID } -First 2");

        Command.Output("true");
        running.Await(() => Session.Host.Text.Contains("/true", StringComparison.Ordinal), "the first event was shown");
        Assert.True(running.IsRunning);
        Command.Output("echo", "the", "second");
        running.Finish().Succeeded();

        var lines = Squeeze(Session.Host.Text);
        Assert.Equal("time pid ppid uid ret comm filename args", lines[0]);
        Assert.EndsWith("Success true /usr/bin/true", lines[2].Replace(" /bin", " /usr/bin"));
        Assert.Contains("the second", lines[3]);
    }

    [Fact]
    public void An_event_without_a_view_of_its_own_is_a_line_that_is_shown_before_the_next_comes()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer", calls: 1);
        Session.Host.Clear();
        using var running = Session.StartShown("$o | Watch-BpfEvent -First 2");

        running.Await(() => Session.Host.Text.Contains("sequence=0 ", StringComparison.Ordinal), "the first event was shown");
        Assert.True(running.IsRunning);
        Producer.Call();
        running.Finish().Succeeded();

        Assert.Equal(2, Session.Host.Lines.Length);
        Assert.StartsWith($"sequence=1 pid={Environment.ProcessId} ", Session.Host.Lines[1]);
        Assert.Contains(" value=4 negative=-1 ", Session.Host.Lines[1]);
    }

    [Fact]
    public void An_entry_without_a_view_of_its_own_shows_its_key_and_its_value()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var lines = Shown("Get-BpfMapEntry -InputObject ($o.Maps | Where-Object Name -eq recent)");

        Assert.Equal("Key Value", lines[0]);
        Assert.Equal("16909060 packets=1 bytes=2 label=recent", lines[2]);
    }

    [Fact]
    public void A_stack_shows_whose_it_is_and_each_of_its_frames()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);

        var text = Session.Show("Watch-BpfEvent stacks -First 1 | Get-BpfStack");

        Assert.Matches("(?m)^Kernel stack [0-9]+", text);
        Assert.Matches($"(?m)^User stack [0-9]+ of process {Environment.ProcessId}", text);
        Assert.Matches(@"(?m)^ +\S*getppid\+0x[0-9a-f]+ \[\S*libc\S*\]", text);
        Assert.Contains("EFAULT", text);
    }

    [Fact]
    public void A_frame_is_a_row_with_its_address_and_its_function()
    {
        Given("$o = Start-BpfProgram $stacks -Variable $producer", calls: 1);

        var lines = Shown("(Watch-BpfEvent stacks -First 1 | Get-BpfStack | Where-Object Kind -eq User).Frames");

        Assert.Equal("Address Function Module Source", lines[0]);
        Assert.Matches(@"^0x[0-9a-f]{16} \S*getppid\+0x[0-9a-f]+ \S*libc", lines[2]);
    }

    [Fact]
    public void Control_characters_of_a_command_line_are_shown_as_escapes_and_kept_in_the_object()
    {
        const string Wild = "a\u001b[31mred\nline\u009b1m\u202e";
        Given("$o = Start-BpfProgram execsnoop -Variable @{ ppid = $PID }");
        Command.Output("true", Wild);

        var one = Run("$e = $o | Watch-BpfEvent -Filter { $_.comm -eq 'true' } -First 1; $e").Only;
        var text = Session.Show("$e");

        Assert.Equal(Wild, one.Get<string[]>("args")[1]);
        Assert.DoesNotContain(Escape, text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u009b", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);
        Assert.Contains(@"a\e[31mred\nline\x9b1m\u202e", text);
    }

    [Fact]
    public void Control_characters_in_text_members_are_shown_as_escapes_and_kept_in_the_object()
    {
        Given("$o = Start-BpfProgram $types -Variable $producer", calls: 1);

        var one = Run("$e = $o | Watch-BpfEvent -First 1; $e").Only;

        Assert.Equal("a\u001b[1m\n", one.Get("control"));
        Assert.DoesNotContain(Escape, Session.Show("$e"), StringComparison.Ordinal);
        Assert.Contains(@"control=a\e[1m\n", Session.Show("$e"));
        Assert.DoesNotContain(Escape, Run("\"$e\"").Only.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_of_a_files_name_are_shown_as_escapes_also_in_errors()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("wi\u001b[1mld.bpf.o", File.ReadAllBytes(Repository.TestProgram("burst")));
        Session.Set("wild", path);

        var text = Session.Show("$o = Start-BpfProgram $wild; $o");

        Assert.Contains(@"wi\e[1mld", text);
        Assert.DoesNotContain(Escape, text, StringComparison.Ordinal);
        Assert.Equal("wi\u001b[1mld", Run("$o.Name").Only.BaseObject);
        var error = Run("Start-BpfProgram ($wild + '.nosuch.o')").Error;
        Assert.DoesNotContain(Escape,
            $"{error}{error.Exception.Message}{error.ErrorDetails?.Message}{error.ErrorDetails?.RecommendedAction}",
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_column_of_every_table_but_the_last_has_a_width_and_nothing_is_held_back_to_be_measured()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.Module, "*.format.ps1xml"))
        {
            var document = XDocument.Load(file);
            Assert.Empty(document.Descendants("AutoSize"));
            // Pins are listed, and do not come one by one; each group of them has a header of its own.
            Assert.All(document.Descendants("GroupBy"), group => Assert.Equal("BpfPin", group.Parent?.Element("Name")?.Value));
            foreach (var view in document.Descendants("View"))
            {
                var columns = view.Descendants("TableColumnHeader").ToArray();
                Assert.All(columns.SkipLast(1), column =>
                    Assert.True(column.Element("Width") is not null, $"{view.Element("Name")?.Value}: {column.Element("Label")?.Value}"));
                Assert.Equal(columns.Length, view.Descendants("TableColumnItem").Count());
            }
        }
    }

    [Fact]
    public void Every_table_fits_a_terminal_of_80_columns_and_the_events_of_tools_one_of_120()
    {
        const int Least = 12; // what a column without a width needs to say anything
        foreach (var view in Directory.EnumerateFiles(Repository.Module, "*.format.ps1xml")
            .SelectMany(file => XDocument.Load(file).Descendants("View")).Where(view => view.Element("TableControl") is not null))
        {
            var isTool = new[] { "BpfPS.Events.", "BpfPS.Entries." }
                .Any(part => view.Element("Name")!.Value.StartsWith(part, StringComparison.Ordinal));
            var widths = view.Descendants("TableColumnHeader").Select(column => (int?)column.Element("Width") ?? Least).ToArray();
            Assert.True(widths.Sum() + widths.Length - 1 <= (isTool ? 120 : 80),
                $"{view.Element("Name")?.Value} needs {widths.Sum() + widths.Length - 1} columns");
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_table_shows_every_column_in_80_columns(string script, string header, string row)
    {
        Session.Host.Screen = new(80, 24);

        var text = Session.Show(script);

        Assert.Equal(header, Squeeze(text)[0]);
        Assert.NotEmpty(row);
        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
    }

    [Fact]
    public void A_histogram_is_shown_from_the_least_to_the_greatest_with_bars_that_the_greatest_fills()
    {
        // In no order, and with a count so small that it would have no bar.
        Given("$map = New-BpfMap waits -KeyType 'struct { s64 cpu; bpfps_duration_t from; bpfps_duration_t to; }' "
            + "-ValueType 'struct { u64 count; }' -MaxEntries 64");
        Given("$map | Set-BpfMapEntry -Key @{ cpu = 1; from = '8us'; to = '16us' } -Value @{ count = 3 }");
        Given("$map | Set-BpfMapEntry -Key @{ cpu = 0; from = '16us'; to = '32us' } -Value @{ count = 10000 }");
        Given("$map | Set-BpfMapEntry -Key @{ cpu = 0; from = '2us'; to = '4us' } -Value @{ count = 5000 }");
        Given("$map | Set-BpfMapEntry -Key @{ cpu = 0; from = '1us'; to = '2us' } -Value @{ count = 1 }");
        Given("$map | Set-BpfMapEntry -Key @{ cpu = 1; from = '1us'; to = '2us' } -Value @{ count = 0 }");

        var lines = Shown("$map | Get-BpfMapEntry");

        Assert.Equal("of from to count distribution", lines[0]);
        Assert.Equal(
        [
            "cpu=0 1us 2us 1 |@ |", $"cpu=0 2us 4us 5000 |{Bar(19)} |", $"cpu=0 16us 32us 10000 |{Bar(38)}|",
            "cpu=1 1us 2us 0 | |", $"cpu=1 8us 16us 3 |{Bar(38)}|",
        ], lines[2..]);

        static string Bar(int length) => new('@', length);
    }

    [Fact]
    public void Global_variables_are_a_table_without_what_is_internal_to_the_program()
    {
        Given("$o = Start-BpfProgram runqlat");

        var lines = Shown("Get-BpfVariable");

        Assert.Equal("Name Type Section Value", lines[0]);
        Assert.Contains("threshold_ns bpfps_duration_t .rodata 0us", lines);
        Assert.DoesNotContain(lines, line => line.Contains("bpfps_stream", StringComparison.Ordinal));
        Assert.Equal("bpfps_stream_events", Run("Get-BpfVariable bpfps_str*").Only.Get("Name"));
    }

    [Fact]
    public void What_was_pinned_together_is_shown_as_a_set_and_the_processes_of_a_program_in_its_row()
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $burst -PinPath {pins.Name}/set");
        pins.Map("alone");

        var lines = Shown($"Get-BpfPin {pins.Name}");

        Assert.Equal($"Directory: {pins.Path}", lines[0]);
        Assert.Equal($"Directory: {pins.Path}/set (a set: Stop-BpfProgram -Path stops it)",
            Assert.Single(lines, line => line.Contains("/set", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.EndsWith(" link_burst", StringComparison.Ordinal));
        Assert.Equal([null, $"{pins.Path}/set", $"{pins.Path}/set"], Run($"(Get-BpfPin {pins.Name}).SetPath").Output
            .Select(set => set?.BaseObject));
        Assert.Contains($"({Environment.ProcessId})", Shown("$o | Measure-BpfProgram -Duration 10ms")[2]);
        Given("$o | Stop-BpfProgram");
    }

    [Fact]
    public void A_device_is_shown_by_its_numbers_and_its_name()
    {
        const uint Null = (1 << 20) | 3, None = (4095u << 20) | 7;
        var known = new[] { "/sys/dev/block/1:3", "/sys/dev/char/1:3" }.First(Path.Exists);
        var name = Command.Output("basename", Command.Output("readlink", known).Trim()).Trim();
        Given("$map = New-BpfMap devices -KeyType u32 -ValueType 'struct { dev_t disk; u32 count; }'");
        Given($"$map | Set-BpfMapEntry -Key 1 -Value @{{ disk = {Null}; count = 5 }}");
        Given($"$map | Set-BpfMapEntry -Key 2 -Value @{{ disk = {None}; count = 5 }}");

        Assert.Contains($"disk=1:3 {name} count=5", Session.Show("$map | Get-BpfMapEntry -Key 1"));
        Assert.Contains("disk=4095:7 count=5", Session.Show("$map | Get-BpfMapEntry -Key 2"));
        Assert.Equal(Null, Run("($map | Get-BpfMapEntry -Key 1).disk").Only.BaseObject);
    }

    private string[] Shown(string script) => Squeeze(Session.Show(script));

    // What stands in a cell counts, not how wide the column is.
    private static string[] Squeeze(string text) =>
        text.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Where(line => line.Length > 0).ToArray();
}
