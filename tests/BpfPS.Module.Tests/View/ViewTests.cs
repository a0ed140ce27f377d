using System.Xml.Linq;

namespace BpfPS.Module.Tests.View;

/// <summary>What a person sees.</summary>
public sealed class ViewTests : KernelTest
{
    private const string Escape = "\u001b";

    private static string Rejection => $"try {{ Start-BpfProgram {Repository.TestProgram("rejected")} -ErrorAction Stop }} catch {{ }}";

    public static TheoryData<string, string, string> Tables => new()
    {
        { "Get-BpfTool runqlat", "Name EventType Maps Summary", "runqlat struct runqlat_event hist" },
        { "(Get-BpfTool runqlat).Variables | Where-Object Name -eq threshold_ns", "Name Type Value Unit Help",
            "threshold_ns bpfps_duration_t 0us ns Send an event" },
        { "Start-BpfProgram $burst", "Name State Programs Links Maps StartTime PinPath", "burst Attached 1 1 3" },
        { "$o = Start-BpfProgram $burst; Get-BpfProgram -Id $o.Programs[0].Id", "Id Name Type Tag LoadTime UserId Processes",
            "burst tracing" },
        { "Start-BpfProgram $burst | Measure-BpfProgram -Duration 10ms", "Time Id Name Runs Runs/s ns/run CPU %", "burst" },
        { "Start-BpfProgram $burst -NoAttach | Get-BpfInstruction", "Index Text Line Source", "(79) r" },
        { "Start-BpfProgram $burst -NoAttach | Get-BpfInstruction -Jited", "Address Function Bytes Line Source", "burst" },
        { $"$o = Start-BpfProgram {Repository.TestProgram("runs")} -NoAttach; $o.Programs | Where-Object Name -eq verdict "
            + "| Invoke-BpfProgram -Data ('00' * 20)", "Packet Name Return Meaning ns/run Bytes Data", "verdict 1 XDP_DROP" },
        { "$o = Start-BpfProgram $types; $o.Maps | Where-Object Name -eq by_struct", "Id Name Type KeyType ValueType MaxEntries Path",
            "by_struct hash struct flow_key struct flow_value 1024" },
        { $"{Rejection}; $Error[0].Exception.Registers", "Name Frame Type State", "R0 0 map_value_or_null map_value_or_null(" },
        { $"{Rejection}; $Error[0].Exception.Path", "Index Instruction Branch Line SourceText", "0 (79) r1 = *(u64 *)(r1 +8)" },
        { "$o = Start-BpfProgram runqlat; $clock = [Diagnostics.Stopwatch]::StartNew(); "
            + "do { $rows = Get-BpfMapEntry -InputObject ($o.Maps | Where-Object Name -eq hist) } "
            + "until ($rows -or $clock.Elapsed.TotalSeconds -gt 15); $rows", "cpu from to count", "-1" },
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

        Assert.Equal("time pid tid comm wait cpu waker_pid waker_comm waker_stack", lines[0]);
        Assert.Matches(@" \d+(\.\d+)?(us|ms|s) \d+ \d+ ", lines[2]);
    }

    [Fact]
    public void A_pin_is_a_row_with_its_path()
    {
        using var pins = new PinFolder();
        pins.Map("it");

        var lines = Shown($"Get-BpfPin {pins.Name}");

        Assert.Equal("Kind Id Type Name Path", lines[0]);
        Assert.Matches($"^Map [0-9]+ array it {pins.Path}/it$", lines[2]);
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
        Assert.EndsWith("Success true /usr/bin/true /usr/bin/true", lines[2].Replace(" /bin", " /usr/bin"));
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
            Assert.Empty(document.Descendants("GroupBy"));
            foreach (var view in document.Descendants("View"))
            {
                var columns = view.Descendants("TableColumnHeader").ToArray();
                Assert.All(columns.SkipLast(1), column =>
                    Assert.True(column.Element("Width") is not null, $"{view.Element("Name")?.Value}: {column.Element("Label")?.Value}"));
                Assert.Equal(columns.Length, view.Descendants("TableColumnItem").Count());
            }
        }
    }

    private string[] Shown(string script) => Squeeze(Session.Show(script));

    // What stands in a cell counts, not how wide the column is.
    private static string[] Squeeze(string text) =>
        text.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Where(line => line.Length > 0).ToArray();
}
