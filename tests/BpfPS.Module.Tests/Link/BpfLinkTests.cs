namespace BpfPS.Module.Tests.Link;

/// <summary>Get-BpfLink and Remove-BpfLink.</summary>
public sealed class BpfLinkTests : KernelTest
{
    [Theory]
    [InlineData("Get-BpfLink -Id $id")]
    [InlineData("Get-BpfLink $id")]
    [InlineData("$o | Get-BpfLink")]
    [InlineData("Get-BpfLink -Program burst | Where-Object Id -eq $id")]
    [InlineData("Get-BpfLink -Program BUR* | Where-Object Id -eq $id")]
    [InlineData("Get-BpfLink -Program $o.Programs[0].Id")]
    [InlineData("Get-BpfProgram -Id $o.Programs[0].Id | Get-BpfLink")]
    [InlineData("Get-BpfLink -Id $id | Get-BpfLink")]
    [InlineData("Get-BpfLink | Where-Object Id -eq $id")]
    [InlineData("Get-BpfLink -Path PINS/kept")]
    [InlineData("Get-BpfLink -Path PINS")]
    [InlineData("Get-BpfLink -Path PINS/k*")]
    [InlineData("Get-BpfPin PINS | Where-Object Kind -eq Link | Get-BpfLink")]
    public void A_link_is_named_in_every_way(string get)
    {
        using var pins = new PinFolder();
        Given($"$o = Start-BpfProgram $burst; $id = ($o | Get-BpfLink).Id; Save-BpfLinkPin -Id $id {pins.Path}/kept");
        pins.Map("not_a_link");

        var link = Run(get.Replace("PINS", pins.Path, StringComparison.Ordinal)).Only;

        var witness = BpftoolJson.Answer("-f", "link", "show", "id", $"{link.Get("Id")}");
        Assert.Equal(witness.GetProperty("type").GetString(), link.Get("Type"));
        Assert.Equal(witness.GetProperty("prog_id").GetUInt32(), link.Get("ProgramId"));
        Assert.Equal("burst", link.Get("ProgramName"));
        Assert.Equal($"{pins.Path}/kept", link.Get("Path"));
    }

    [Theory]
    [InlineData("raw_tracepoint")]
    [InlineData("RawTracepoint")]
    [InlineData("raw*")]
    [InlineData("trace_raw_tp")]
    [InlineData("TraceRawTp")]
    public void Types_are_named_with_underscores_and_without(string type)
    {
        using var other = new Attacher(null, "raw_tp", "sys_enter", "typed");

        var found = Run($"Get-BpfLink -Type {type}").Succeeded().Output;

        Assert.Contains(found, link => link.Get("Id") is uint id && id == other.LinkId);
        Assert.All(found, link => Assert.Equal("raw_tracepoint", link.Get("Type")));
        Assert.DoesNotContain(Run("Get-BpfLink -Type xdp").Succeeded().Output, link => link.Get("Id") is uint id && id == other.LinkId);
    }

    [Fact]
    public void What_is_on_an_interface_is_found_by_interface_and_namespace()
    {
        using var lab = new NetworkLab();
        using var link = new Attacher(lab.Name, "tcx-link", "left0", "with_link", "ingress");
        using var plain = new Attacher(lab.Name, "tcx-attach", "left0", "without_link", "egress");

        foreach (var get in (string[])[$"Get-BpfLink -NetworkNamespace {lab.Name}",
            $"Get-BpfLink -Interface left0 -NetworkNamespace {lab.Inode}",
            $"Get-BpfLink -Interface lef* -NetworkNamespace {lab.Name} -Type tcx"])
        {
            var found = Run(get).Succeeded().Output;
            Assert.Equal([link.LinkId, null], found.Select(item => item.Get("Id")));
            Assert.Equal([true, false], found.Select(item => item.Get<bool>("HasLink")));
        }
        Assert.Equal("without_link", Run($"Get-BpfLink -NetworkNamespace {lab.Name} -Type tcx_egress").Only.Get("ProgramName"));
        Assert.Empty(Run($"Get-BpfLink -Interface right0 -NetworkNamespace {lab.Name}").Succeeded().Output);
        var error = Run("Get-BpfLink -Interface left1").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "left1");
        Assert.Contains("Did you mean 'left0'?", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Run("Get-BpfLink -Interface nosuch*").Succeeded().Output);
        Assert.Contains(Session.Complete("Get-BpfLink -Interface "), offer => offer.ListItemText == "left0");
        Assert.Contains(Session.Complete("Get-BpfLink -NetworkNamespace "), offer => offer.ListItemText == lab.Name);
    }

    [Fact]
    public void What_does_not_exist_is_one_error_each_and_the_others_are_given()
    {
        using var other = new Attacher(null, "raw_tp", "sys_enter", "there");

        var outcome = Run($"Get-BpfLink -Id 4000000000, {other.LinkId}");
        outcome.FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, 4000000000u);
        Assert.Single(outcome.Output);
        Run("Get-BpfLink -Program no_such_program").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "no_such_program");
        Run("Get-BpfLink -Cgroup no/such/cgroup").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "no/such/cgroup");
        Run("Get-BpfLink -Path nosuchpin").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "nosuchpin");
        Run("'text' | Get-BpfLink").FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, "text");
        Run("Remove-BpfLink").FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
        Assert.Empty(Run("Get-BpfLink -Program no_such*").Succeeded().Output);
    }

    [Fact]
    public void The_view_shows_what_is_attached_to_what_and_no_control_character()
    {
        using var lab = new NetworkLab();
        using var plain = new Attacher(lab.Name, "tcx-attach", "left0", "shown", "egress");

        var text = Session.Show($"Get-BpfLink -NetworkNamespace {lab.Name}");

        Assert.Contains("Id Type           AttachType           ProgramName     Target", text, StringComparison.Ordinal);
        Assert.Contains($"tcx            tcx_egress           shown           left0 in netns {lab.Name}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_leaves_it_attached_and_PassThru_gives_what_went()
    {
        using var lab = new NetworkLab();
        using var other = new Attacher(lab.Name, "tcx-link", "left0", "going", "ingress");

        Assert.Empty(Run($"Get-BpfLink {other.LinkId} | Remove-BpfLink -WhatIf").Succeeded().Output);
        Assert.Equal(lab.Index("left0"), OnInterface());
        Assert.Equal("left0", Run($"Get-BpfLink {other.LinkId}").Only.Get("Interface"));

        Assert.Equal("going",
            Run($"Remove-BpfLink -Interface left0 -NetworkNamespace {lab.Name} -PassThru -Confirm:$false").Only.Get("ProgramName"));
        Assert.Equal(0u, OnInterface());
        Assert.Equal(true, Run($"Get-BpfLink {other.LinkId}").Only.Get("IsDetached"));
        Assert.Empty(Run($"Get-BpfLink -NetworkNamespace {lab.Name}").Succeeded().Output);

        // What the kernel says of the link to the process that holds it; bpftool may be older than this kind of link.
        uint OnInterface() => Directory.GetFiles($"/proc/{other.Id}/fdinfo").Select(File.ReadAllLines)
            .Where(lines => lines.Contains($"link_id:\t{other.LinkId}"))
            .Select(lines => uint.Parse(lines.Single(line => line.StartsWith("ifindex:", StringComparison.Ordinal)).Split('\t')[1], null))
                .Single();
    }

    [Fact]
    public void A_link_that_cannot_be_detached_says_who_holds_it()
    {
        using var other = new Attacher(null, "raw_tp", "sys_enter", "held");

        var error = Run($"Remove-BpfLink {other.LinkId} -Confirm:$false").FailedWith("BpfNotSupported", ErrorCategory.NotImplemented);

        Assert.Contains($"{File.ReadAllText($"/proc/{other.Id}/comm").Trim()}({other.Id}) holds it", error.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_pinned_link_is_found_adopted_and_detached_by_another_session()
    {
        using var pins = new PinFolder();
        Shell.Run($"Start-BpfProgram {Repository.TestProgram("burst")} -PinPath {pins.Path}").Succeeded();
        var before = BpftoolJson.Answer("link", "show", "pinned", $"{pins.Path}/link_burst");
        var id = before.GetProperty("id").GetUInt32();

        // A session of its own adopts it: the pin that it makes keeps it when the first pin goes.
        var adopted = Shell.Run($"$l = Get-BpfLink -Path {pins.Path}/link_burst; $l | Save-BpfLinkPin -PinPath {pins.Path}/adopted; "
            + $"Remove-BpfPin {pins.Path}/link_burst; \"$($l.Id) $($l.ProgramName)\"");
        Assert.Equal($"{id} burst", adopted.Succeeded().Output.Trim());
        Assert.Equal(["adopted", "events"], pins.Entries);
        Assert.True(KernelWitness.HasLink(id));

        Run($"Get-BpfLink -Program burst | Where-Object Path -eq {pins.Path}/adopted | Remove-BpfLink -Confirm:$false").Succeeded();

        Assert.False(KernelWitness.HasLink(id));
        Assert.Equal(["events"], pins.Entries);
    }

    [Fact]
    public void A_program_of_a_running_object_is_detached_and_the_object_still_stops()
    {
        Given("$o = Start-BpfProgram $burst -Variable $producer; $id = ($o | Get-BpfLink).Id");
        var id = (uint)Run("$id").Only.BaseObject;
        Assert.Equal(KernelWitness.Programs("burst").Single(), KernelWitness.Shown("link", id).GetProperty("prog_id").GetUInt32());

        Run("Remove-BpfLink $id").Succeeded();

        Assert.False(KernelWitness.HasLink(id));
        Producer.Call(3);
        Assert.Empty(Run("$o | Watch-BpfEvent -Duration 100ms").Succeeded().Output);
        Assert.Empty(Run("$o | Get-BpfLink").Succeeded().Output);
        Run("$o | Stop-BpfProgram").Succeeded();
        NothingIsLeft();
    }

    [Theory]
    [InlineData("Get-BpfLink -Type nosuch", "nosuch")]
    [InlineData("Get-BpfLink -Type rawtracepoint, xdpp", "xdpp")]
    [InlineData("Remove-BpfLink -Type nosuch", "nosuch")]
    [InlineData("Get-BpfLink -NetworkNamespace nosuch", "nosuch")]
    [InlineData("Get-BpfLink -NetworkNamespace 1", "1")]
    [InlineData("Get-BpfLink | Get-BpfLink -Type nosuch", "nosuch")]
    [InlineData("Get-BpfLink | Get-BpfLink -Program 4000000000", null)]
    public void What_a_filter_names_and_does_not_exist_is_one_error(string line, string? target)
    {
        Given("$o = Start-BpfProgram $types; $other = Start-BpfProgram $burst");

        Run(line).FailedWith("BpfNotFound", ErrorCategory.ObjectNotFound, target);
    }

    [Theory]
    [InlineData("Get-BpfLink -Type nosuch*")]
    [InlineData("Get-BpfLink -NetworkNamespace nosuch*")]
    [InlineData("Get-BpfLink -Type KPROBE, tc, trace_fentry, clsact_ingress -Program nosuch*")]
    public void A_wildcard_of_a_filter_that_matches_nothing_and_a_type_of_which_there_is_nothing_are_silence(string line)
    {
        Assert.Empty(Run(line).Succeeded().Output);
    }

    [Theory]
    [InlineData("Get-BpfLink -Type '[x'")]
    [InlineData("Get-BpfLink -Interface '[x'")]
    public void A_pattern_of_a_filter_that_is_not_valid_is_one_error(string line)
    {
        Given("$o = Start-BpfProgram $types");

        Run(line).FailedWith("BpfInvalidArgument", ErrorCategory.InvalidArgument);
    }

    [Fact]
    public void A_network_namespace_is_named_by_its_inode()
    {
        Given("$o = Start-BpfProgram $types");
        var inode = new FileInfo("/proc/self/ns/net").LinkTarget!.Split('[', ']')[1];

        Run($"Get-BpfLink -NetworkNamespace {inode}").Succeeded();
    }

    [Fact]
    public void A_type_that_is_misspelled_is_told_with_similar_names()
    {
        Assert.Contains("raw_tracepoint", Run("Get-BpfLink -Type raw_tracepiont").Error.ErrorDetails.RecommendedAction);
        Assert.Contains("trace_fentry", Run("Get-BpfLink -Type fentry").Error.ErrorDetails.RecommendedAction);
    }
}
