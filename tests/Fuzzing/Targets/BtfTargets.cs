using System.Buffers.Binary;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Fuzzing.Targets;

/// <summary>What reads the type information (BTF) of objects and kernels.</summary>
internal static class BtfTargets
{
    /// <summary>The types: read, and used in all ways that the engine uses them.</summary>
    public static FuzzTarget Types { get; } = new("btf", InputForm.Btf, UseAll)
    {
        NightlyExecutions = 140_000, LongestInput = 8192,
        Seeds = () => Blobs().Select(blobs => blobs.Types),
    };

    /// <summary>What belongs to types: source lines, and the places that depend on the kernel's types.</summary>
    public static FuzzTarget Extension { get; } = new("btf-ext", InputForm.BtfAndExtension, Read)
    {
        NightlyExecutions = 100_000, LongestInput = 8192,
        Seeds = () => Blobs().Where(blobs => blobs.Extension.Length > 0).Select(blobs => Joined(blobs.Types, blobs.Extension)),
    };

    /// <summary>Both parts as one input.</summary>
    public static byte[] Joined(byte[] types, byte[] extension)
    {
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, types.Length);
        return [.. length, .. types, .. extension];
    }

    /// <summary>The parts of an input; the first may be as long as the input has bytes.</summary>
    public static (byte[] Types, byte[] Extension) Split(byte[] input)
    {
        if (input.Length < sizeof(int))
        {
            return ([], []);
        }
        var rest = input.AsSpan(sizeof(int));
        var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(input), (uint)rest.Length);
        return (rest[..length].ToArray(), rest[length..].ToArray());
    }

    private static void UseAll(byte[] input)
    {
        var types = BtfTypes.Parse(input);
        for (uint id = 0; id < types.Count; id++)
        {
            var type = id;
            types.Describe(id);
            _ = types.Tags(id).Count();
            Allowed(() => types.SizeOf(type));
            Allowed(() => new ShapeBuilder(types).StructOrScalar(type, "value"));
            Allowed(() => CDefinition.Of(types, type));
        }
        foreach (var section in types.All.OfType<BtfDataSection>())
        {
            _ = types.Variables(section.Name).Count();
        }
        Allowed(() => EventTypeFinder.Find(types, "events"));
        Allowed(() => EventTypeFinder.Declared(types));
        Allowed(() => EventTypeFinder.StreamMember(types, "events", "lost"));
    }

    // What one type of a blob contradicts, the next may not.
    private static void Allowed(Func<object?> use)
    {
        try
        {
            use();
        }
        catch (BpfException)
        {
            // refused
        }
    }

    private static void Read(byte[] input)
    {
        var (types, extension) = Split(input);
        var lines = BtfLineInfo.Parse(types, extension);
        lines.Find("return 0;");
        foreach (var function in (string[])["", "handle", "on_getppid"])
        {
            lines.Find(function, 3);
        }
        BtfRelocations.Parse(extension, types);
    }

    private static IEnumerable<(byte[] Types, byte[] Extension)> Blobs()
    {
        foreach (var path in ObjectTargets.Objects())
        {
            var file = ElfImage.TryRead(File.ReadAllBytes(path))!;
            if (Section(file, ".BTF") is { Length: > 0 } types)
            {
                yield return (types, Section(file, ".BTF.ext"));
            }
        }
    }

    private static byte[] Section(ElfImage file, string name) =>
        file.Sections.FirstOrDefault(section => section.Name == name) is { } found ? file.Bytes(found) : [];
}
