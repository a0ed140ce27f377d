using System.Text.Json;
using System.Text.RegularExpressions;

namespace BpfPS.Host;

/// <summary>
/// The containers of this machine: their ids from the names of cgroups, which Docker, Podman, containerd and CRI-O make alike, and their
/// names from what these leave on disk. No daemon is asked.
/// </summary>
/// <param name="root">The root of the file system; another one for tests.</param>
/// <param name="cgroups">The paths of all cgroups.</param>
internal sealed partial class ContainerNames(string root, IEnumerable<string> cgroups)
{
    private const int LargestFile = 1 << 24;
    private const int ShownDigits = 12; // of an id, as other tools show it
    private const int ShortestId = 4; // of the beginning of an id, as in other tools

    private static readonly string[] s_containerdNames = ["nerdctl/name", "io.kubernetes.cri.container-name"];

    /// <summary>Those of this machine.</summary>
    public static ContainerNames Here => new("/", CgroupTree.All());

    /// <summary>Each container's id of 64 digits, its names, and the path of its cgroup.</summary>
    public IEnumerable<(string Id, IReadOnlyList<string> Names, string Cgroup)> All()
    {
        var podman = new Lazy<ILookup<string, string>>(PodmanNames);
        return cgroups.Select(path => (Id: IdOf(path), Cgroup: path)).Where(one => one.Id is not null)
            .GroupBy(one => one.Id!, one => one.Cgroup, StringComparer.Ordinal)
            // A runtime can make further cgroups in the container's own, with the same name or another.
            .Select(one => (one.Key,
                (IReadOnlyList<string>)[.. DockerNames(one.Key), .. podman.Value[one.Key], .. ContainerdNames(one.Key)],
                one.MinBy(path => path.Length)!));
    }

    /// <summary>The path of a container's cgroup.</summary>
    /// <param name="container">Its name, or its id or the beginning of that.</param>
    /// <exception cref="BpfException">There is no such container, or several.</exception>
    public string Find(string container)
    {
        var all = All().ToArray();
        var found = Array.FindAll(all, one => one.Names.Contains(container, StringComparer.Ordinal));
        if (found.Length == 0 && container.Length >= ShortestId)
        {
            found = Array.FindAll(all, one => one.Id.StartsWith(container, StringComparison.OrdinalIgnoreCase));
        }
        if (found.Length == 1)
        {
            return found[0].Cgroup;
        }
        var shown = VisibleText.Escape(container);
        if (found.Length > 1)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"'{shown}' is the name or the beginning of the id of several containers.",
                $"They are {string.Join(", ", found.Select(one => one.Id[..ShownDigits]))}.");
        }
        string[] known = [.. all.SelectMany(one => one.Names.Count > 0 ? one.Names : [one.Id[..ShownDigits]])];
        var near = NearNames.Of(container, known, 5);
        throw new BpfException(BpfErrorKind.NotFound, $"No container '{shown}' is running here.",
            near.Count > 0 ? $"Similar names: {VisibleText.Escape(string.Join(", ", near))}."
                : known.Length > 0 ? $"There are {VisibleText.Escape(string.Join(", ", known.Take(20)))}."
                : "No cgroup of Docker, Podman, containerd or CRI-O is here.");
    }

    /// <summary>
    /// The name of the container that a cgroup is of or in, or the first twelve digits of its id if it has no name; empty if there is none.
    /// </summary>
    /// <param name="cgroup">The cgroup's path.</param>
    public string NameOf(string cgroup)
    {
        // A container can run within another one: the innermost is the one that people see in there.
        var id = cgroup.Split('/').Select(IdOf).LastOrDefault(one => one is not null);
        return id is null ? ""
            : DockerNames(id).Concat(PodmanNames()[id]).Concat(ContainerdNames(id)).FirstOrDefault() ?? id[..ShownDigits];
    }

    private static string? IdOf(string cgroup) => Path.GetFileName(cgroup) is var name && Name().Match(name) is { Success: true } match
        ? match.Groups["id"].Value : null;

    /// <summary>config.v2.json of Docker has the name with a slash in front.</summary>
    private IEnumerable<string> DockerNames(string id) => Read($"var/lib/docker/containers/{id}/config.v2.json") is { } document
        && Text(document.RootElement, "Name") is { } name ? [name.TrimStart('/')] : [];

    /// <summary>containers.json of containers/storage, which Podman and CRI-O use.</summary>
    private ILookup<string, string> PodmanNames()
    {
        var names = new List<(string Id, string Name)>();
        foreach (var driver in (string[])["overlay", "vfs", "btrfs", "zfs"])
        {
            if (Read($"var/lib/containers/storage/{driver}-containers/containers.json")
                is not { RootElement.ValueKind: JsonValueKind.Array } list)
            {
                continue;
            }
            foreach (var container in list.RootElement.EnumerateArray())
            {
                if (Text(container, "id") is { } id && container.TryGetProperty("names", out var given)
                    && given.ValueKind == JsonValueKind.Array)
                {
                    names.AddRange(given.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String)
                        .Select(name => (id, name.GetString()!)));
                }
            }
        }
        return names.ToLookup(one => one.Id, one => one.Name, StringComparer.Ordinal);
    }

    /// <summary>The annotations in the runtime's config.json, in the folder of containerd's namespace.</summary>
    private IEnumerable<string> ContainerdNames(string id)
    {
        var folder = Path.Combine(root, "run/containerd/io.containerd.runtime.v2.task");
        foreach (var space in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            if (Read(Path.Combine(space, id, "config.json"))?.RootElement is { ValueKind: JsonValueKind.Object } config
                && config.TryGetProperty("annotations", out var annotations) && annotations.ValueKind == JsonValueKind.Object)
            {
                foreach (var key in s_containerdNames)
                {
                    if (Text(annotations, key) is { } name)
                    {
                        yield return name;
                    }
                }
            }
        }
    }

    private JsonDocument? Read(string path)
    {
        try
        {
            var file = new FileInfo(Path.Combine(root, path));
            return file.Exists && file.Length <= LargestFile ? JsonDocument.Parse(File.ReadAllBytes(file.FullName)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // the id is left
        }
    }

    private static string? Text(JsonElement value, string member) => value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    [GeneratedRegex(@"^(?:(?:docker|libpod|cri-containerd|crio|nerdctl|containerd)-)?(?<id>[0-9a-f]{64})(?:\.scope)?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
