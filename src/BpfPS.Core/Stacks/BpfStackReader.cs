using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;
using BpfPS.Stacks;

namespace BpfPS;

/// <summary>Reads stacks from stack trace maps, and names their frames.</summary>
public sealed class BpfStackReader : IDisposable
{
    private const uint BuildIdFlag = 1 << 5; // BPF_F_STACK_BUILD_ID

    private readonly StackSymbolizer _symbolizer = new();
    private readonly Dictionary<uint, FileDescriptor> _open = [];

    /// <summary>Reads the stacks whose ids an event or a map entry contains.</summary>
    /// <param name="record">An event or a map entry.</param>
    /// <param name="processId">The process of the user stacks; null for the process in the record.</param>
    /// <exception cref="BpfException">The record has no stack id, or its stack map cannot be found.</exception>
    public IEnumerable<BpfStack> Read(BpfRecord record, uint? processId = null)
    {
        if (record.Origin is not RecordOrigin origin || RecordClasses.Of(record.GetType()) is not { StackFields.Count: > 0 })
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, "This object has no member of a stack id type.",
                new("Declare the member as bpfps_kernel_stack_t or bpfps_user_stack_t (bpfps.h).", BpfAdvice.NameStack));
        }
        var type = record.GetType();
        var recordClass = RecordClasses.Of(type) ?? throw new InvalidOperationException($"{type} is not a record class.");
        var process = processId
            ?? (recordClass.ProcessIdProperty is { } property ? type.GetProperty(property)!.GetValue(record) as uint? : null);
        foreach (var field in recordClass.StackFields)
        {
            var kind = field.Meaning == FieldMeaning.KernelStack ? BpfStackKind.Kernel : BpfStackKind.User;
            if (type.GetProperty(field.Name)!.GetValue(record) is not int id)
            {
                continue; // what was measured of events beyond the limit of groups
            }
            var stack = Read(origin.StackMap, id, kind, kind == BpfStackKind.User ? process : null);
            stack.Record = record;
            yield return stack;
        }
    }

    /// <summary>Reads stacks of which only the ids are left, and the map that the event or entry with them came from.</summary>
    /// <param name="carrier">That map.</param>
    /// <param name="stacks">Each id with its kind, and the process of a user stack.</param>
    /// <param name="processId">The process of the user stacks; null for the one with the id.</param>
    /// <exception cref="BpfException">The stack map cannot be found.</exception>
    internal IEnumerable<BpfStack> Read(BpfMap carrier, IEnumerable<(int Id, BpfStackKind Kind, uint? ProcessId)> stacks, uint? processId)
    {
        var origin = new RecordOrigin(carrier);
        return stacks.Select(stack => Read(origin.StackMap, stack.Id, stack.Kind,
            stack.Kind == BpfStackKind.User ? processId ?? stack.ProcessId : null));
    }

    /// <summary>Reads one stack by its id.</summary>
    /// <param name="map">A stack trace map.</param>
    /// <param name="id">The return value of bpf_get_stackid, which can be an error.</param>
    /// <param name="kind">Whose stack it is; null to decide by its addresses.</param>
    /// <param name="processId">The process of a user stack, or null.</param>
    /// <exception cref="BpfException">The map is not a stack trace map or no longer exists, or the user has no permission.</exception>
    // unsafe: the array has as many addresses as the map's value and is pinned for the look-up.
    public unsafe BpfStack Read(BpfMap map, int id, BpfStackKind? kind, uint? processId)
    {
        RequireStackMap(map);
        if (id < 0)
        {
            return id == -(int)BpfErrno.ENOENT
                ? BpfStack.NotTaken(kind ?? BpfStackKind.Kernel, processId)
                : BpfStack.FromError(kind ?? BpfStackKind.Kernel, id, processId);
        }
        if (!_open.TryGetValue(map.Id, out var fd))
        {
            _open[map.Id] = fd = map.OpenDescriptor();
        }
        var addresses = new ulong[map.ValueSize / sizeof(ulong)];
        var key = (uint)id;
        int result;
        fixed (ulong* pointer = addresses)
        {
            result = LibBpf.bpf_map_lookup_elem(fd, &key, pointer);
        }
        if (result == -(int)BpfErrno.ENOENT)
        {
            return BpfStack.NotFound(kind ?? BpfStackKind.Kernel, id, processId);
        }
        Errors.ThrowIfNegative(result, $"Reading stack {id} of map '{VisibleText.Escape(map.Name)}'");
        return _symbolizer.Symbolize(addresses, kind ?? KindOf(addresses), processId, id);
    }

    /// <summary>Reads every stack in a map.</summary>
    /// <param name="map">A stack trace map.</param>
    /// <param name="processId">The process of its user stacks, or null.</param>
    /// <exception cref="BpfException">The map is not a stack trace map or no longer exists, or the user has no permission.</exception>
    public IEnumerable<BpfStack> ReadAll(BpfMap map, uint? processId)
    {
        RequireStackMap(map);
        foreach (var id in Ids(map))
        {
            yield return Read(map, (int)id, null, processId);
        }
    }

    /// <summary>Closes maps and the files of processes.</summary>
    public void Dispose()
    {
        _symbolizer.Dispose();
        foreach (var fd in _open.Values)
        {
            fd.Dispose();
        }
    }

    // unsafe: the array has as many addresses as the map's value and is pinned for the look-up.
    private static unsafe List<uint> Ids(BpfMap map)
    {
        using var fd = map.OpenDescriptor();
        var ids = new List<uint>();
        uint key = 0;
        for (var result = LibBpf.bpf_map_get_next_key(fd, null, &key);
            result != -(int)BpfErrno.ENOENT;
            result = LibBpf.bpf_map_get_next_key(fd, &key, &key))
        {
            Errors.ThrowIfNegative(result, $"Reading map '{VisibleText.Escape(map.Name)}'");
            // Ids ascend. If the current one was deleted, the kernel starts again from the first.
            if (ids.Count > 0 && key <= ids[^1])
            {
                break;
            }
            ids.Add(key);
        }
        return ids;
    }

    private static void RequireStackMap(BpfMap map)
    {
        if (map.Type != "stack_trace")
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(map.Name)}' is a map of type {map.Type}, not a stack_trace map.", BpfRemedy.To(BpfAdvice.ListMaps));
        }
        if ((map.Flags & BuildIdFlag) != 0)
        {
            throw new BpfException(BpfErrorKind.NotSupported,
                $"Map '{VisibleText.Escape(map.Name)}' has build ids and offsets instead of addresses (BPF_F_STACK_BUILD_ID), which BpfPS"
                + " cannot name yet.",
                "Use a stack trace map without this flag.");
        }
    }

    // On x86-64, arm64 and riscv64 the kernel is in the upper half of the address space.
    private static BpfStackKind KindOf(ulong[] addresses) =>
        addresses.Length > 0 && addresses[0] >> 63 != 0 ? BpfStackKind.Kernel : BpfStackKind.User;
}
