using System.Globalization;
using BpfPS.Host;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Tools;

/// <summary>The units and containers of cgroups, by the ids that the kernel has for cgroups that the tests make.</summary>
public sealed class CgroupNameTests : IDisposable
{
    private static readonly string s_id = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));

    private readonly string _top = Path.Combine(CgroupTree.RequireRoot(), $"bpfps_names_{Environment.ProcessId}.slice");

    public CgroupNameTests()
    {
        Live.Require();
        Directory.CreateDirectory(_top);
    }

    [Theory]
    [InlineData("web.service", "web.service", "")]
    [InlineData("web.service/worker", "web.service", "")]
    [InlineData("user@7.service/app.slice/app-mail.service", "app-mail.service", "")]
    [InlineData("app.slice", "app.slice", "")]
    [InlineData("docker-ID.scope", "docker-ID.scope", "0123456789ab")]
    [InlineData("docker-ID.scope/init.scope", "init.scope", "0123456789ab")]
    [InlineData("pod7/ID", "TOP", "0123456789ab")]
    public void A_cgroup_has_the_innermost_unit_and_container_that_it_is_in(string path, string unit, string container)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_top, path.Replace("ID", s_id))).FullName;
        var id = ulong.Parse(Command.Output("stat", "-c", "%i", folder).Trim(), CultureInfo.InvariantCulture);

        Assert.Equal((unit.Replace("ID", s_id).Replace("TOP", Path.GetFileName(_top)), container), CgroupNames.Of(id));
        Assert.Equal(folder, CgroupTree.PathOf(id));
    }

    [Fact]
    public void A_cgroup_that_is_gone_has_no_names_and_one_that_was_known_keeps_them()
    {
        var (known, other) = (Make("known.service"), Make("other.service"));
        Assert.Equal("known.service", CgroupNames.Of(known).Unit);
        Dispose();

        Assert.Equal(("", ""), CgroupNames.Of(other));
        Assert.Equal("known.service", CgroupNames.Of(known).Unit);

        ulong Make(string name) =>
            ulong.Parse(Command.Output("stat", "-c", "%i", Directory.CreateDirectory(Path.Combine(_top, name)).FullName).Trim(),
                CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        foreach (var folder in Directory.Exists(_top)
            ? Directory.GetDirectories(_top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(_top) : [])
        {
            Directory.Delete(folder);
        }
    }
}
