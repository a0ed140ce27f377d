using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>Maps of struct_ops, which only the loading of a program makes; bpftool loads it.</summary>
public class StructOpsTests : IClassFixture<NothingLeft>
{
    [Fact]
    public void The_operations_and_their_state_are_read_and_taken_out_of_use()
    {
        Live.Require();
        const string Name = "bpfps_test_cc";
        Bpftool.Run("struct_ops", "register", Repository.TestProgram("congestion"));
        try
        {
            Assert.Contains(Name, Available(), StringComparison.Ordinal);
            var map = Assert.Single(BpfMap.List(), map => map is { Name: Name, Type: "struct_ops" });
            var entry = Assert.Single(Live.Entries(map));

            Assert.Equal(0u, Live.Get(entry, "key"));
            Assert.Equal("BPF_STRUCT_OPS_STATE_INUSE", $"{Live.Get(Live.Get(entry, "common")!, "state")}");
            var operations = Live.Get(entry, "data")!;
            Assert.Equal(Name, Live.Get(operations, "name"));
            Assert.Equal("bpfps_ssthresh",
                Bpftool.List("prog")[Convert.ToUInt32(Live.Get(operations, "ssthresh"), System.Globalization.CultureInfo.InvariantCulture)]
                .GetProperty("name").GetString());

            using var access = new BpfMapAccess(map);
            Assert.Equal(BpfErrorKind.NotSupported, Assert.Throws<BpfException>(() => access.Set(0, new byte[map.ValueSize])).Kind);
            Assert.True(access.Remove(0));
            Assert.DoesNotContain(Name, Available(), StringComparison.Ordinal);
        }
        finally
        {
            if (Available().Contains(Name, StringComparison.Ordinal))
            {
                Bpftool.Run("struct_ops", "unregister", "name", Name);
            }
        }
    }

    private static string Available() => File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control");
}
