using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>The storages of cgroup programs, whose entries come with an attachment; bpftool attaches.</summary>
public class CgroupStorageTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void What_a_cgroup_has_sent_is_read_and_written()
    {
        Live.Require();
        using var pins = new PinDirectory().Make();
        var cgroup = $"{CgroupTree.Root}/bpfps-test-{Environment.ProcessId}";
        Bpftool.Run("prog", "loadall", Repository.TestProgram("cgroup"), pins["programs"], "pinmaps", pins["maps"]);
        Directory.CreateDirectory(cgroup);
        try
        {
            Bpftool.Run("cgroup", "attach", cgroup, "egress", "pinned", pins["programs/count"]);
            Command.Output("bash", "-c", $"echo $$ > {cgroup}/cgroup.procs; for i in 1 2 3; do echo > /dev/udp/127.0.0.1/9; done");
            var (sent, byCpu) = (BpfMap.FromPin(pins["maps/sent"]), BpfMap.FromPin(pins["maps/sent_by_cpu"]));
            var entry = Assert.Single(Live.Entries(sent));
            Assert.Equal((Inode(cgroup), 3UL), (Live.Get(entry, "cgroup_inode_id"), Live.Get(entry, "value")));

            entry.GetType().GetProperty("value")!.SetValue(entry, 4711UL);
            using (var writer = new BpfMapWriter(sent))
            {
                writer.Write(entry);
                writer.Complete();
            }
            Assert.Equal(4711UL,
                Bpftool.Json("map", "dump", "id", Bpftool.Text(sent.Id))[0].GetProperty("formatted").GetProperty("value").GetUInt64());

            var cpus = Assert.Single(Live.Entries(byCpu));
            Assert.Equal(3UL, Live.Get(cpus, "sum"));
            using var access = new BpfMapAccess(byCpu);
            access.Set(new Dictionary<string,
                object?> { ["cgroup_inode_id"] = Live.Get(cpus, "cgroup_inode_id"), ["attach_type"] = Live.Get(cpus, "attach_type") }, 3);
            Assert.Equal(3UL * (ulong)CpuList.PossibleCount, Live.Get(Assert.Single(Live.Entries(byCpu)), "sum"));
            Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(() => access.RemoveEntry(cpus)).Kind);
        }
        finally
        {
            Bpftool.Run("cgroup", "detach", cgroup, "egress", "pinned", pins["programs/count"]);
            Directory.Delete(cgroup);
        }
    }

    private static ulong Inode(string path) =>
        ulong.Parse(Command.Output("stat", "-c", "%i", path), System.Globalization.CultureInfo.InvariantCulture);
}
