using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Links;

/// <summary>
/// Links that other software made, told in the names that a person knows. The witnesses are bpftool and what the other software
/// was told to do.
/// </summary>
public class LinkTargetTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void A_raw_tracepoint_link_names_its_tracepoint_and_who_holds_it()
    {
        Live.Require();
        using var other = new Attacher(null, "raw_tp", "sys_enter", "watch_calls");

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("raw_tracepoint", "trace_raw_tp", "sys_enter", "sys_enter"),
            (link.Type, link.AttachType, link.Target, link.Tracepoint));
        Assert.Equal((other.ProgramId, "watch_calls", true, false), (link.ProgramId, link.ProgramName, link.HasLink, link.IsDetached));
        Assert.Equal(Show(other.LinkId).GetProperty("tp_name").GetString(), link.Target);
        Assert.Equal(other.Id, Assert.Single(link.Processes).ProcessId);
        Assert.Null(link.Path);
    }

    [Theory]
    [InlineData("call", "uprobe", false)]
    [InlineData("return", "uretprobe", true)]
    public void A_uprobe_link_names_its_file_and_offset(string when, string kind, bool isReturn)
    {
        Live.Require();
        using var other = new Attacher(null, "uprobe", "/bin/true", "on_start", "0x1040", when, "-1");

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("perf_event", kind, "/bin/true at 0x1040"), (link.Type, link.AttachType, link.Target));
        Assert.Equal(("/bin/true", 0x1040UL, isReturn), (link.Binary, link.Offset!.Value, link.IsReturn!.Value));
    }

    [Fact]
    public void A_uprobe_link_of_several_places_names_them_and_its_process()
    {
        Live.Require();
        Live.RequireLinux(6, 6);
        using var target = new Child("sleep", "60");
        using var other = new Attacher(null, "uprobe_multi", "/bin/true", "on_several", "0x1040", "0x1080", Bpftool.Text(target.Id));

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("uprobe_multi", "trace_uprobe_multi"), (link.Type, link.AttachType));
        Assert.Equal((File.ResolveLinkTarget("/bin", true)?.FullName ?? "/bin") + "/true at 0x1040, 0x1080", link.Target);
        Assert.Equal([0x1040UL, 0x1080UL], link.Offsets);
        Assert.Equal((target.Id, false), (link.ProcessId!.Value, link.IsReturn!.Value));
    }

    [Fact]
    public void A_tracepoint_link_and_one_of_a_software_event_are_told_apart()
    {
        Live.Require();
        Live.RequireLinux(6, 6); // the link's own information; without it nobody tells which event
        BpfFileSystem.MountTrace();
        using var tracepoint = new Attacher(null, "tracepoint", "/sys/kernel/tracing/events/sched/sched_switch/id", "on_switch");
        using var software = new Attacher(null, "software", "3", "on_count");

        var (switches, counted) = (BpfLink.FromId(tracepoint.LinkId), BpfLink.FromId(software.LinkId));

        Assert.Equal(("perf_event", "tracepoint", "sched_switch"), (switches.Type, switches.AttachType, switches.Target));
        Assert.Equal(("perf_event", "perf_event", "software context-switches"), (counted.Type, counted.AttachType, counted.Target));
        Assert.Equal("software context-switches", counted.PerfEvent);
    }

    [Fact]
    public void Programs_that_were_set_on_perf_events_without_a_link_are_told_with_their_process()
    {
        Live.Require();
        BpfFileSystem.MountTrace();
        using var tracepoint = new Attacher(null, "tracepoint-set", "/sys/kernel/tracing/events/sched/sched_switch/id", "set_on_switch");
        using var uprobe = new Attacher(null, "uprobe-set", "/bin/true", "set_on_start", "0x1040");
        using var linked = new Attacher(null, "tracepoint", "/sys/kernel/tracing/events/sched/sched_switch/id", "has_a_link");

        var listed = BpfLink.List();
        var (switches, starts) = (Assert.Single(listed, link => link.ProgramId == tracepoint.ProgramId),
            Assert.Single(listed, link => link.ProgramId == uprobe.ProgramId));

        Assert.Equal((null, "perf_event", "tracepoint", "sched_switch", "sched_switch"),
            (switches.Id, switches.Type, switches.AttachType, switches.Target, switches.Tracepoint));
        Assert.Equal((null, "perf_event", "uprobe", "/bin/true at 0x1040", 0x1040UL),
            (starts.Id, starts.Type, starts.AttachType, starts.Target, starts.Offset!.Value));
        Assert.Equal([tracepoint.Id, uprobe.Id], [Assert.Single(switches.Processes).ProcessId, Assert.Single(starts.Processes).ProcessId]);
        Assert.Equal(linked.LinkId, Assert.Single(listed, link => link.ProgramId == linked.ProgramId).Id);
        Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(switches.Remove).Kind);
        var witness = Bpftool.Json("perf").EnumerateArray().Single(entry => entry.GetProperty("pid").GetInt32() == uprobe.Id);
        Assert.Equal(("/bin/true", 0x1040UL, uprobe.ProgramId),
            (witness.GetProperty("filename").GetString(), witness.GetProperty("offset").GetUInt64(),
            witness.GetProperty("prog_id").GetUInt32()));
    }

    [Fact]
    public void An_iterator_link_names_what_it_goes_through()
    {
        Live.Require();
        var own = Environment.ProcessId;
        using var limited = new Attacher(null, "iterator", Bpftool.Text(own), "own_tasks");
        using var all = new Attacher(null, "iterator", "0", "all_tasks");

        Assert.Equal(("iter", "trace_iter", $"task of process {own}", own), Named(BpfLink.FromId(limited.LinkId)));
        Assert.Equal(("iter", "trace_iter", "task", null), Named(BpfLink.FromId(all.LinkId)));
        Assert.Equal("task", Show(all.LinkId).GetProperty("target_name").GetString());

        static (string, string, string, int?) Named(BpfLink link) => (link.Type, link.AttachType, link.Target, link.ProcessId);
    }

    [Fact]
    public void A_cgroup_link_names_the_cgroups_path()
    {
        Live.Require();
        using var cgroup = new TestCgroup();
        using var other = new Attacher(null, "cgroup-link", cgroup.Path, "count_sent");

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("cgroup", "cgroup_inet_egress", cgroup.Path, cgroup.Path), (link.Type, link.AttachType, link.Target, link.Cgroup));
        var witness = Show(other.LinkId);
        Assert.Equal((witness.GetProperty("cgroup_id").GetUInt64(), witness.GetProperty("attach_type").GetString()),
            (link.CgroupId!.Value, link.AttachType));
    }

    [Fact]
    public void A_cgroup_link_and_a_program_without_one_are_listed_each_once()
    {
        Live.Require();
        using var cgroup = new TestCgroup();
        using var pins = new PinDirectory().Make();
        using var other = new Attacher(null, "cgroup-link", cgroup.Path, "by_link");
        Attacher.Load("egress", "by_command", pins["egress"]);
        Bpftool.Run("cgroup", "attach", cgroup.Path, "egress", "pinned", pins["egress"], "multi");

        var found = BpfLink.List().Where(link => link.Cgroup == cgroup.Path).ToArray();

        Assert.Equal([("by_link", other.LinkId, null), ("by_command", (uint?)null, "multi")],
            found.Select(link => (link.ProgramName, link.Id, link.CgroupMode)));
        Assert.Equal(
            Bpftool.Json("cgroup", "show", cgroup.Path).EnumerateArray()
                .Select(entry => (entry.GetProperty("id").GetUInt32(), entry.GetProperty("attach_type").GetString()!)).Order(),
            found.Select(link => (link.ProgramId, link.AttachType)).Order());
    }

    [Fact]
    public void A_link_of_a_network_namespace_names_it()
    {
        Live.Require();
        using var lab = new NetworkLab();
        using var other = new Attacher(null, "sk_lookup-link", lab.Path, "choose_socket");

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("netns", "sk_lookup", $"netns {lab.Name} ({lab.Inode})"), (link.Type, link.AttachType, link.Target));
        Assert.Equal((lab.Name, lab.Inode), (link.NetworkNamespace, link.NetworkNamespaceInode!.Value));
        Assert.Equal(Show(other.LinkId).GetProperty("netns_ino").GetUInt32(), link.NetworkNamespaceInode);
    }

    [Fact]
    public void A_netfilter_link_names_family_hook_and_priority()
    {
        Live.Require();
        Live.RequireLinux(6, 4);
        using var lab = new NetworkLab();
        using var other = new Attacher(lab.Name, "netfilter", "-100", "look_at_input");

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("netfilter", "netfilter", "ip input priority -100 (dstnat)", -100),
            (link.Type, link.AttachType, link.Target, link.Priority!.Value));
    }

    [Fact]
    public void A_link_of_a_map_of_sockets_names_the_map()
    {
        Live.Require();
        Live.RequireLinux(6, 10);
        using var pins = new PinDirectory().Make();
        Bpftool.Run("map", "create", pins["sockets"], "type", "sockmap", "key", "4", "value", "4", "entries", "2", "name", "the_sockets");
        using var other = new Attacher(null, "sockmap-link", pins["sockets"], "look_at_sent");
        var map = Bpftool.Json("map", "show", "pinned", pins["sockets"]).GetProperty("id").GetUInt32();

        var link = BpfLink.FromId(other.LinkId);

        Assert.Equal(("sockmap", "sk_msg_verdict", $"map the_sockets (id {map})", map),
            (link.Type, link.AttachType, link.Target, link.MapId!.Value));
        Assert.Single(BpfLink.List(), listed => listed.MapId == map);
    }

    [Fact]
    public void A_pinned_link_is_found_by_its_pin_and_names_it()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        using var other = new Attacher(null, "raw_tp", "sys_exit", "kept");
        Bpftool.Run("link", "pin", "id", Bpftool.Text(other.LinkId), pins["kept"]);

        var link = BpfLink.FromPin(pins["kept"]);

        Assert.Equal((other.LinkId, pins["kept"]), (link.Id!.Value, link.Path));
        Assert.Equal(pins["kept"], Assert.Single(Assert.Single(BpfLink.List(), listed => listed.Id == other.LinkId).Pins));
    }

    [Fact]
    public void Every_link_that_bpftool_lists_is_listed_with_its_program()
    {
        Live.Require();
        using var one = new Attacher(null, "raw_tp", "sys_enter", "one");
        using var another = new Attacher(null, "raw_tp", "sys_exit", "another");

        var listed = BpfLink.List().Where(link => link.HasLink).ToDictionary(link => link.Id!.Value, link => link.ProgramId);
        var witness = Bpftool.List("link");

        // Other tests' links come and go meanwhile; ours do not.
        Assert.All([one, another], mine =>
            Assert.Equal((mine.ProgramId, mine.ProgramId), (listed[mine.LinkId], witness[mine.LinkId].GetProperty("prog_id").GetUInt32())));
        Assert.All(listed.Keys.Intersect(witness.Keys), id => Assert.Equal(witness[id].GetProperty("prog_id").GetUInt32(), listed[id]));
    }

    private static System.Text.Json.JsonElement Show(uint id) => Bpftool.Json("link", "show", "id", Bpftool.Text(id));
}
