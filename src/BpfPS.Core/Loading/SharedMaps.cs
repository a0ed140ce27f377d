using System.Globalization;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.Loading;

/// <summary>
/// Maps that an object shares by name (LIBBPF_PIN_BY_NAME). libbpf pins them when it loads the object, or uses the maps already
/// pinned there. This class adds what libbpf lacks: why a pinned map does not fit, and which pins to remove after a failed start.
/// </summary>
internal static class SharedMaps
{
    /// <summary>Checks the maps that are already pinned.</summary>
    /// <param name="file">The object.</param>
    /// <param name="existing">The ids of those maps, which are not the object's alone.</param>
    /// <returns>The paths where nothing is pinned yet; after a failed start, any pins there are from that start.</returns>
    /// <exception cref="BpfException">A pinned map differs from the object's definition, or bpffs cannot be mounted.</exception>
    public static IReadOnlyList<string> Check(ObjectFile file, out IReadOnlySet<uint> existing)
    {
        var found = new HashSet<uint>();
        existing = found;
        var shared = file.Maps().Select(map => (Map: map, Path: ObjectFile.Text(LibBpf.bpf_map__pin_path(map))))
            .Where(entry => entry.Path.Length > 0).ToArray();
        if (shared.Length > 0)
        {
            BpfFileSystem.Mount();
        }
        var missing = new List<string>();
        foreach (var (map, path) in shared)
        {
            if (!File.Exists(path))
            {
                missing.Add(path);
                continue;
            }
            var pinned = BpfMap.FromPin(path);
            found.Add(pinned.Id);
            var differences = Differences(map, pinned, file.Types).ToArray();
            if (differences.Length > 0)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    $"The map '{VisibleText.Escape(ObjectFile.Text(LibBpf.bpf_map__name(map)))}' is shared by name, but the map pinned at "
                        + $"'{VisibleText.Escape(path)}' is different: {string.Join("; ", differences)}.",
                    new("If something still uses the pinned map, rename the object's map.", BpfAdvice.RemovePin, path));
            }
        }
        return missing;
    }

    /// <summary>Removes the pins of a failed start.</summary>
    public static void Remove(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            _ = Libc.unlink(path);
        }
    }

    private static IEnumerable<string> Differences(nint map, BpfMap pinned, BtfTypes types)
    {
        var type = TypeNames.Map((uint)LibBpf.bpf_map__type(map));
        if (type != pinned.Type)
        {
            yield return $"its type is {pinned.Type}, but the object defines {type}";
        }
        // libbpf uses the number of CPUs if a perf_event_array does not specify a size.
        var entries = LibBpf.bpf_map__max_entries(map) is var defined && defined == 0 && type == "perf_event_array"
            ? (uint)CpuList.PossibleCount
            : defined;
        foreach (var (what, there, here) in new[]
        {
            ("key_size", pinned.KeySize, LibBpf.bpf_map__key_size(map)),
            ("value_size", pinned.ValueSize, LibBpf.bpf_map__value_size(map)),
            ("max_entries", pinned.MaxEntries, entries),
            ("map_flags", pinned.Flags, LibBpf.bpf_map__map_flags(map)),
        })
        {
            if (there != here)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"its {what} is {there}, but the object defines {here}");
            }
        }
        var known = MapTypes.Of(pinned);
        foreach (var (what, there, here) in new[]
        {
            ("key", Lines(known.Btf, known.KeyId, "key"), Lines(types, LibBpf.bpf_map__btf_key_type_id(map), "key")),
            ("value", Lines(known.Btf, known.ValueId, "value"), Lines(types, LibBpf.bpf_map__btf_value_type_id(map), "value")),
        })
        {
            // Members with different names at the same offset also mean a different map, though the sizes are the same.
            if (there is not null && here is not null && !there.SequenceEqual(here))
            {
                yield return $"its {what} is {{ {string.Join("; ", there)} }}, but the object defines {{ {string.Join("; ", here)} }}";
            }
        }
    }

    private static IReadOnlyList<string>? Lines(BtfTypes? types, uint id, string name) =>
        types is null || id == 0 ? null : MapShapeText.Lines(RecordClasses.Part(types, id, name));
}
