using System.Globalization;
using System.Runtime.InteropServices;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS;

/// <summary>A global variable of a loaded program. Both the program and user space can change it while the program runs.</summary>
// unsafe: the kernel only accepts the section's BTF if every variable lies within the map's value.
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

    /// <summary>Its C type.</summary>
    public string Type => _variable.Type;

    /// <summary>Its value when it was read. Setting it here changes only this object, not the kernel.</summary>
    public object? Value { get; set; }

    /// <summary>Its section: ".data", ".bss", ".rodata", or one that the program defines.</summary>
    public string Section { get; }

    /// <summary>Its size in bytes.</summary>
    public uint Size => _variable.Size;

    /// <summary>Whether it is a constant, which can only be set when the program starts.</summary>
    public bool IsReadOnly => (_map.Flags & ReadOnlyForPrograms) != 0;

    /// <summary>The map that holds its section.</summary>
    public string Map => _map.Name;

    /// <summary>That map's id.</summary>
    public uint MapId => _map.Id;

    /// <summary>
    /// Whether it is part of how the program is made, and not the program's own: the counter beside a ring buffer (BPFPS_EVENTS), and
    /// the format texts of bpf_printk.
    /// </summary>
    internal bool IsInternal => Name.StartsWith("bpfps_", StringComparison.Ordinal) || Name.Contains("____fmt", StringComparison.Ordinal);

    /// <summary>Whether a map holds global variables with known types.</summary>
    /// <param name="map">The map.</param>
    public static bool IsSection(BpfMap map) => SectionOf(map) is not null;

    /// <summary>The variables of a section with their current values.</summary>
    /// <param name="map">A map that holds a section.</param>
    /// <exception cref="BpfException">The map holds no section, no longer exists, or the user lacks permission to read it.</exception>
    public static IReadOnlyList<BpfGlobalVariable> Of(BpfMap map)
    {
        if (SectionOf(map) is not var (types, section))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Map '{VisibleText.Escape(map.Name)}' has no global variables with known types.",
                new("Global variables are in maps named NAME.bss, NAME.data and NAME.rodata.", BpfAdvice.ListVariableMaps));
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

    /// <summary>The one variable with a name.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <param name="globals">The variables to choose from.</param>
    /// <exception cref="BpfException">None of them has this name, or several do.</exception>
    internal static BpfGlobalVariable Only(string name, IEnumerable<BpfGlobalVariable> globals) =>
        globals.Where(global => global.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray() switch
        {
            [var only] => only,
            [] => throw Absent(name),
            var several => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(name)}' is a variable of several: "
                    + $"{string.Join(", ", several.Select(global => VisibleText.Escape(global.Map)))}.",
                BpfRemedy.To(BpfAdvice.NameVariableOwner)),
        };

    /// <summary>The error for a variable that does not exist.</summary>
    internal static BpfException Absent(string name) =>
        new(BpfErrorKind.NotFound, $"There is no variable '{VisibleText.Escape(name)}'.", BpfRemedy.To(BpfAdvice.ListVariables));

    /// <summary>Encodes a value as the bytes to write.</summary>
    /// <param name="value">The value, in the same form as for a variable at the start of a program.</param>
    /// <exception cref="BpfException">The value does not fit, or the variable is a constant.</exception>
    public byte[] Encode(object value)
    {
        if (IsReadOnly)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Variable '{Name}' is a constant ({Section}) and cannot be changed once the program is loaded.",
                BpfRemedy.To(BpfAdvice.SetVariableAtStart));
        }
        return _variable.Encode(value);
    }

    /// <summary>
    /// Writes bytes from <see cref="Encode"/>. If the section can be mapped into memory, this changes only this variable's bytes.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="BpfException">The map no longer exists, is frozen, or the user lacks permission.</exception>
    public void Write(byte[] bytes)
    {
        using var fd = _map.OpenDescriptor();
        if ((_map.Flags & Mmapable) != 0)
        {
            WriteMapped(fd, bytes);
        }
        else
        {
            // The kernel only accepts the whole section. Changes that the program makes to other variables in between are lost.
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
            // A program must never see a half-written number, so write up to a machine word in one step.
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
