using System.Collections.Concurrent;
using BpfPS.Btf;

namespace BpfPS.Records;

/// <summary>The record classes of this process: one for each layout, even if it is loaded more than once.</summary>
internal static class RecordClasses
{
    private static readonly ConcurrentDictionary<string, Lazy<RecordClass>> s_classes = new();
    private static readonly ConcurrentDictionary<Type, int> s_keyPropertyCounts = new();
    private static readonly ConcurrentDictionary<Type, RecordClass> s_byType = new();

    /// <summary>The class for an event's struct.</summary>
    /// <param name="btf">The types of the object or program.</param>
    /// <param name="typeId">The struct's number in them.</param>
    /// <exception cref="BtfFormatException">The type is not a struct, or contradicts itself.</exception>
    public static RecordClass ForEvent(BtfTypes btf, uint typeId)
    {
        var shape = new ShapeBuilder(btf).Struct(typeId);
        return Make($"event {shape.Signature}", $"BpfPS.Events.{shape.Name}", typeof(BpfEvent), [shape]);
    }

    /// <summary>The class for a map's entries: the members of key and value side by side.</summary>
    /// <param name="key">The key, from <see cref="Part"/> or <see cref="Bytes"/>.</param>
    /// <param name="value">The value, from the same methods.</param>
    /// <param name="cpus">For a per-CPU map, the number of possible CPUs. The class then has a property for each of them
    /// (cpu0, cpu1, ...), and before them their sum, minimum and maximum if the value has numbers.</param>
    public static RecordClass ForEntry(StructShape key, StructShape value, int cpus = 0)
    {
        var totals = cpus > 0 ? PerCpuTotals.Of(value, cpus) : null;
        if (cpus > 0)
        {
            value = PerCpu(value, cpus);
        }
        var made = Make($"entry {key.Signature} {value.Signature}", $"BpfPS.Entries.{key.Name}.{value.Name}",
            HistogramText.IsHistogram(key, value) ? typeof(BpfHistogramSlot)
                : HistogramText.HasSlots(value) ? typeof(BpfSlotsEntry) : typeof(BpfMapEntry), [key, value], totals);
        s_keyPropertyCounts.TryAdd(made.Type, key.Fields.Count);
        return made;
    }

    /// <summary>The class for some members of a struct and values that are calculated from it, and for values of no struct.</summary>
    /// <param name="name">Its full name.</param>
    /// <param name="baseType">Its base class.</param>
    /// <param name="size">The size of the struct in bytes; 0 for values of no struct.</param>
    /// <param name="fields">Its properties, in order.</param>
    public static RecordClass ForValues(string name, Type baseType, uint size, IReadOnlyList<Field> fields)
    {
        var shape = new StructShape(name, size, fields);
        return Make($"values {baseType} {shape.Signature}", name, baseType, [shape]);
    }

    /// <summary>A map's key or value by its type: a struct's members, or one member of the given name.</summary>
    /// <param name="btf">The types of the map.</param>
    /// <param name="typeId">The number of the type.</param>
    /// <param name="name">"key" or "value".</param>
    /// <exception cref="BtfFormatException">The type contradicts itself.</exception>
    public static StructShape Part(BtfTypes btf, uint typeId, string name) => new ShapeBuilder(btf).StructOrScalar(typeId, name);

    /// <summary>A map's key or value with only a known size.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="name">"key" or "value".</param>
    public static StructShape Bytes(uint size, string name) =>
        new($"bytes{size}", size, [new Field(name, 0, new ArrayShape(new ScalarShape(typeof(byte), 1), 1, size))]);

    /// <summary>A key or value of one or more numbers of a .NET type, without BTF.</summary>
    /// <param name="clr">The number's type.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="count">The number of elements; 1 for a plain number.</param>
    /// <param name="name">"key" or "value".</param>
    public static StructShape Numbers(Type clr, uint size, uint count, string name)
    {
        FieldShape shape = new ScalarShape(clr, size);
        return new StructShape($"{clr.Name}{count}", size * count,
            [new Field(name, 0, count == 1 ? shape : new ArrayShape(shape, size, count))]);
    }

    /// <summary>The number of key properties in an entry class.</summary>
    internal static int KeyPropertyCount(Type entryClass) => s_keyPropertyCounts.GetValueOrDefault(entryClass);

    /// <summary>The record class of a type; null if the type is not a record.</summary>
    internal static RecordClass? Of(Type type) => s_byType.GetValueOrDefault(type);

    /// <summary>The record class of a struct on its own.</summary>
    internal static RecordClass ForStruct(StructShape shape) =>
        Make($"struct {shape.Signature}", $"BpfPS.Structs.{shape.Name}", typeof(BpfStruct), [shape]);

    private static RecordClass Make(string signature, string name, Type baseType, StructShape[] parts, PerCpuTotals? totals = null) =>
        s_classes.GetOrAdd(signature, _ => new(() =>
        {
            var made = RecordClassBuilder.Build(name, baseType, parts, totals);
            s_byType[made.Type] = made;
            return made;
        })).Value;

    private static StructShape PerCpu(StructShape value, int cpus)
    {
        var stride = PerCpuTotals.Stride(value.Size);
        // A plain value is the CPU's property itself; the members of a struct are the members of the CPU's struct.
        FieldShape one = value.Fields is [{ Name: "value", Offset: 0 } only] && only.Shape.Size == value.Size ? only.Shape : value;
        var fields = Enumerable.Range(0, cpus).Select(cpu => new Field($"cpu{cpu}", (uint)cpu * stride, one));
        return new StructShape($"{value.Name}_percpu", stride * (uint)cpus, fields.ToArray());
    }
}
