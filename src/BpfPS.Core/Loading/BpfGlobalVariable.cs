using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A global variable of a loaded program, which a program and user space can both change while it runs.</summary>
// unsafe: the kernel took the section's BTF only with every variable inside of the map's value.
public sealed unsafe class BpfGlobalVariable
{
    private const uint Mmapable = 1 << 10; // BPF_F_MMAPABLE
    private const uint ReadOnlyForPrograms = 1 << 7; // BPF_F_RDONLY_PROG: .rodata

    private readonly BpfMap _map;
    private readonly BtfTypes _types;
    private readonly BpfVariable _variable;

    private BpfGlobalVariable(BpfMap map, BtfTypes types, string section, BpfVariable variable)
    {
        _map = map;
        _types = types;
        _variable = variable;
        Section = section;
        Value = variable.Value;
    }

    /// <summary>Its name in C.</summary>
    public string Name => _variable.Name;

    /// <summary>Its type as C writes it.</summary>
    public string Type => _variable.Type;

    /// <summary>Its value when it was read. It can be changed here and written with Set-BpfVariable.</summary>
    public object? Value { get; set; }

    /// <summary>Where it lies: ".data", ".bss" or ".rodata", or a section of the program's own.</summary>
    public string Section { get; }

    /// <summary>Bytes that it takes.</summary>
    public uint Size => _variable.Size;

    /// <summary>Whether it is a constant, which only a start can set.</summary>
    public bool IsReadOnly => (_map.Flags & ReadOnlyForPrograms) != 0;

    /// <summary>The map that holds its section.</summary>
    public string Map => _map.Name;

    /// <summary>That map's id.</summary>
    public uint MapId => _map.Id;

    /// <summary>Whether a map holds global variables whose types are known.</summary>
    /// <param name="map">The map.</param>
    public static bool IsSection(BpfMap map) => SectionOf(map) is not null;

    /// <summary>The variables of a section, with their values as they are now.</summary>
    /// <param name="map">A map that holds a section.</param>
    /// <exception cref="BpfException">It holds none, has gone, or the user may not read it.</exception>
    public static IReadOnlyList<BpfGlobalVariable> Of(BpfMap map)
    {
        if (SectionOf(map) is not var (types, section))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Map '{VisibleText.Escape(map.Name)}' holds no global variables whose types are known.",
                new("The maps that do are called NAME.bss, NAME.data and NAME.rodata.", BpfAdvice.ListVariableMaps));
        }
        var bytes = Read(map);
        var globals = new List<BpfGlobalVariable>();
        foreach (var place in section.Variables)
        {
            if (types[place.Variable] is BtfVariable variable && place.Offset + (ulong)place.Size <= (ulong)bytes.Length
                && types.SizeOf(variable.Type) <= place.Size)
            {
                var value = ValueDecoder.Decode(types, variable.Type, bytes.AsSpan((int)place.Offset, (int)place.Size));
                globals.Add(new BpfGlobalVariable(map, types, section.Name, new BpfVariable(types, variable, place, value)));
            }
        }
        return globals;
    }

    /// <summary>The bytes of a value, as they would be written.</summary>
    /// <param name="value">The value, as Start-BpfProgram -Variable takes it.</param>
    /// <exception cref="BpfException">It does not fit, or the variable is a constant.</exception>
    public byte[] Encode(object value)
    {
        if (IsReadOnly)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Variable '{Name}' is a constant of a program that is loaded ({Section}): it cannot be changed any more.",
                BpfRemedy.To(BpfAdvice.SetVariableAtStart));
        }
        return _variable.Encode(value);
    }

    /// <summary>
    /// Writes bytes that <see cref="Encode"/> made. Only this variable's bytes are touched where the section can be mapped.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="BpfException">The map has gone, is frozen, or the user may not.</exception>
    public void Write(byte[] bytes)
    {
        using var fd = _map.OpenDescriptor();
        if ((_map.Flags & Mmapable) != 0)
        {
            WriteMapped(fd, bytes);
        }
        else
        {
            // The kernel takes whole values only: what the program changes in its other variables meanwhile is lost.
            var all = Read(_map);
            bytes.CopyTo(all, (int)_variable.Offset);
            Update(fd, all);
        }
        Value = ValueDecoder.Decode(_types, _variable.TypeId, bytes);
    }

    /// <summary>The name and the value.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)}={RecordText.Format(Value)}");

    private static (BtfTypes Types, BtfDataSection Section)? SectionOf(BpfMap map)
    {
        if (map.Type != "array" || map.BtfId == 0 || map.BtfValueTypeId == 0 || KernelBtf.TryGet(map.BtfId) is not { } types)
        {
            return null;
        }
        return types[map.BtfValueTypeId] is BtfDataSection section ? (types, section) : null;
    }

    private static byte[] Read(BpfMap map)
    {
        using var fd = map.OpenDescriptor();
        var bytes = new byte[map.ValueSize];
        uint key = 0;
        fixed (byte* value = bytes)
        {
            var result = LibBpf.bpf_map_lookup_elem(fd, &key, value);
            return result >= 0 ? bytes : throw MapErrors.From(result, map, fd, MapOperations.Lookup);
        }
    }

    private void Update(FileDescriptor fd, byte[] all)
    {
        uint key = 0;
        fixed (byte* value = all)
        {
            var result = LibBpf.bpf_map_update_elem(fd, &key, value, (ulong)BpfUpdateMode.Any);
            if (result < 0)
            {
                throw MapErrors.From(result, _map, fd, MapOperations.Update);
            }
        }
    }

    private void WriteMapped(FileDescriptor fd, byte[] bytes)
    {
        var page = (uint)Environment.SystemPageSize;
        var length = (_map.ValueSize + page - 1) & ~(page - 1);
        var address = Libc.mmap(0, length, Libc.ProtectionRead | Libc.ProtectionWrite, Libc.MapShared, fd.Number, 0);
        if (address == -1)
        {
            throw MapErrors.From(-Marshal.GetLastPInvokeError(), _map, fd, MapOperations.Update);
        }
        try
        {
            var place = address + (nint)_variable.Offset;
            // A program must not see half of a number: those of a machine word are stored in one step.
            switch (bytes.Length)
            {
                case 2 when place % 2 == 0: Volatile.Write(ref *(ushort*)place, BitConverter.ToUInt16(bytes)); break;
                case 4 when place % 4 == 0: Volatile.Write(ref *(uint*)place, BitConverter.ToUInt32(bytes)); break;
                case 8 when place % 8 == 0: Volatile.Write(ref *(ulong*)place, BitConverter.ToUInt64(bytes)); break;
                default: bytes.CopyTo(new Span<byte>((void*)place, bytes.Length)); break;
            }
        }
        finally
        {
            _ = Libc.munmap(address, length);
        }
    }
}
