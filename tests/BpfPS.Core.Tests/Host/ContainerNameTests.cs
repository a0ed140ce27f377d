using BpfPS.Host;

namespace BpfPS.Core.Tests.Host;

/// <summary>The names of containers from what Docker, Podman, CRI-O and containerd leave on disk, below a root of the test's own.</summary>
public sealed class ContainerNameTests : IDisposable
{
    private const string Cgroups = "/sys/fs/cgroup";

    private static readonly string s_one = new('1', 64);
    private static readonly string s_two = new('2', 64);
    private static readonly string s_three = $"3{new string('a', 63)}";
    private static readonly string s_four = $"3{new string('b', 63)}";

    private readonly string _root = Directory.CreateTempSubdirectory("bpfps-containers-").FullName;

    [Fact]
    public void A_container_of_Docker_has_its_name_without_the_slash()
    {
        Write($"var/lib/docker/containers/{s_one}/config.v2.json", """{ "ID": "x", "Name": "/web" }""");
        var cgroup = $"{Cgroups}/system.slice/docker-{s_one}.scope";

        Assert.Equal(cgroup, Names(cgroup).Find("web"));
        Assert.Equal("web", Names(cgroup).NameOf($"{cgroup}/init"));
    }

    [Theory]
    [InlineData("overlay")]
    [InlineData("vfs")]
    public void Containers_of_Podman_have_all_their_names(string driver)
    {
        Write($"var/lib/containers/storage/{driver}-containers/containers.json",
            $$"""[ { "id": "{{s_one}}", "names": ["db", "db-alias"] }, { "id": "{{s_two}}" }, { "names": 7 }, 8 ]""");
        string[] cgroups = [$"{Cgroups}/machine.slice/libpod-{s_one}.scope", $"{Cgroups}/machine.slice/libpod-{s_two}.scope"];

        Assert.Equal(cgroups[0], Names(cgroups).Find("db-alias"));
        Assert.Equal("db", Names(cgroups).NameOf(cgroups[0]));
        Assert.Equal("222222222222", Names(cgroups).NameOf(cgroups[1])); // it has no name
    }

    [Theory]
    [InlineData("nerdctl/name")]
    [InlineData("io.kubernetes.cri.container-name")]
    public void A_container_of_containerd_has_the_name_of_its_annotations(string annotation)
    {
        Write($"run/containerd/io.containerd.runtime.v2.task/k8s.io/{s_one}/config.json",
            $$"""{ "annotations": { "{{annotation}}": "proxy" } }""");
        var cgroup = $"{Cgroups}/kubepods.slice/cri-containerd-{s_one}.scope";

        Assert.Equal(cgroup, Names(cgroup).Find("proxy"));
        Assert.Equal("proxy", Names(cgroup).NameOf(cgroup));
    }

    [Fact]
    public void A_container_is_found_by_the_beginning_of_its_id_if_that_is_of_one_only()
    {
        string[] cgroups = [$"{Cgroups}/docker/{s_three}", $"{Cgroups}/crio-{s_four}.scope", $"{Cgroups}/crio-{s_four}.scope/inner"];

        Assert.Equal(cgroups[0], Names(cgroups).Find("3aaa"));
        Assert.Equal(cgroups[1], Names(cgroups).Find(s_four));
        var several = Assert.Throws<BpfException>(() => Names([.. cgroups, $"{Cgroups}/docker/{s_three[..^1]}c"]).Find("3aaa"));
        Assert.Contains("several containers", several.Message);
        // Three digits are more likely a name.
        Assert.Throws<BpfException>(() => Names(cgroups).Find("3aa"));
    }

    [Fact]
    public void One_that_is_not_there_is_an_error_with_names_that_are_near()
    {
        Write($"var/lib/docker/containers/{s_one}/config.v2.json", """{ "Name": "/webserver" }""");
        var error = Assert.Throws<BpfException>(() => Names($"{Cgroups}/docker/{s_one}").Find("webservr"));

        Assert.Equal(BpfErrorKind.NotFound, error.Kind);
        Assert.Contains("webserver", error.Remedy);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("""{ "Name": 5 }""")]
    public void What_cannot_be_read_leaves_the_id(string text)
    {
        Write($"var/lib/docker/containers/{s_one}/config.v2.json", text);
        var cgroup = $"{Cgroups}/docker/{s_one}";

        Assert.Equal("111111111111", Names(cgroup).NameOf(cgroup));
        Assert.Equal("", Names(cgroup).NameOf($"{Cgroups}/system.slice/cron.service"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ContainerNames Names(params string[] cgroups) => new(_root, cgroups);

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
