using System.Collections.Concurrent;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>The record classes of this process: one for each layout, however often it is loaded.</summary>
public static class RecordClasses
{
    private static readonly ConcurrentDictionary<string, Lazy<RecordClass>> s_classes = new();
    private static readonly ConcurrentDictionary<Type, int> s_keyPropertyCounts = new();

    /// <summary>The class for an event's struct.</summary>
    /// <param name="btf">The types of the object or program.</param>
    /// <param name="typeId">The struct's number in them.</param>
    /// <exception cref="BtfFormatException">The type is no struct, or contradicts itself.</exception>
    public static RecordClass ForEvent(BtfTypes btf, uint typeId)
    {
        var shape = new ShapeBuilder(btf).Struct(typeId);
        return s_classes.GetOrAdd($"event {shape.Signature}", _ => new(() =>
            RecordClassBuilder.Build($"BpfPS.Events.{shape.Name}", typeof(BpfEvent), [shape]))).Value;
    }

    /// <summary>The class for a map's entries: the members of key and value side by side.</summary>
    /// <param name="btf">The types of the map.</param>
    /// <param name="keyTypeId">The key's number in them.</param>
    /// <param name="valueTypeId">The value's number in them.</param>
    /// <exception cref="BtfFormatException">A type contradicts itself.</exception>
    public static RecordClass ForEntry(BtfTypes btf, uint keyTypeId, uint valueTypeId)
    {
        var shapes = new ShapeBuilder(btf);
        return ForEntry(shapes.StructOrScalar(keyTypeId, "key"), shapes.StructOrScalar(valueTypeId, "value"));
    }

    /// <summary>The class for entries of a map with one value for each CPU: each member of the value is an array by CPU.</summary>
    /// <param name="btf">The types of the map.</param>
    /// <param name="keyTypeId">The key's number in them.</param>
    /// <param name="valueTypeId">The value's number in them.</param>
    /// <param name="cpus">How many CPUs are possible.</param>
    public static RecordClass ForPerCpuEntry(BtfTypes btf, uint keyTypeId, uint valueTypeId, int cpus)
    {
        var shapes = new ShapeBuilder(btf);
        return ForEntry(shapes.StructOrScalar(keyTypeId, "key"), PerCpu(shapes.StructOrScalar(valueTypeId, "value"), cpus));
    }

    /// <summary>The class for entries of a map without BTF: byte arrays, one for each CPU where the map has one value for each.</summary>
    /// <param name="keySize">The key's size in bytes.</param>
    /// <param name="valueSize">The value's size in bytes.</param>
    /// <param name="cpus">How many CPUs are possible for a per-CPU map, otherwise 0.</param>
    public static RecordClass ForBytes(uint keySize, uint valueSize, int cpus = 0)
    {
        static StructShape Bytes(string name, uint size) =>
            new($"bytes{size}", size, [new Field(name, 0, new ArrayShape(new ScalarShape(typeof(byte), 1), 1, size))]);
        var value = Bytes("value", valueSize);
        return ForEntry(Bytes("key", keySize), cpus == 0 ? value : PerCpu(value, cpus));
    }

    /// <summary>How many of an entry class's properties are its key's.</summary>
    internal static int KeyPropertyCount(Type entryClass) => s_keyPropertyCounts.GetValueOrDefault(entryClass);

    private static RecordClass ForEntry(StructShape key, StructShape value)
    {
        var made = s_classes.GetOrAdd($"entry {key.Signature} {value.Signature}", _ => new(() =>
            RecordClassBuilder.Build($"BpfPS.Entries.{key.Name}.{value.Name}", typeof(BpfMapEntry), [key, value]))).Value;
        s_keyPropertyCounts.TryAdd(made.Type, key.Fields.Count);
        return made;
    }

    private static StructShape PerCpu(StructShape value, int cpus)
    {
        // The kernel gives each CPU's value room in multiples of eight bytes.
        var stride = (value.Size + 7) & ~7u;
        var fields = value.Fields.Select(field => field with { Shape = new ArrayShape(field.Shape, stride, (uint)cpus) });
        return new StructShape($"{value.Name}_percpu", stride * (uint)cpus, fields.ToArray());
    }
}
