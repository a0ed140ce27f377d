using System.Globalization;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>A map in the kernel. A map that an object file defines is a <see cref="BpfMapSpec"/>.</summary>
public sealed class BpfMap
{
    private readonly MapSource _source;

    internal BpfMap(MapSource source, string name, string type, uint id)
    {
        _source = source;
        Name = name;
        Type = type;
        Id = id;
    }

    /// <summary>The map's id in the kernel.</summary>
    public uint Id { get; }

    /// <summary>Its name; the kernel truncates names to 15 characters.</summary>
    public string Name { get; }

    /// <summary>Its type as libbpf names it, such as "hash" or "ringbuf".</summary>
    public string Type { get; }

    /// <summary>The key's C type, such as "struct key" or "__u32"; null if there is no BTF for it.</summary>
    public string? KeyType { get; internal init; }

    /// <summary>The value's C type; null if there is no BTF for it.</summary>
    public string? ValueType { get; internal init; }

    /// <summary>The size of a key in bytes.</summary>
    public uint KeySize { get; internal init; }

    /// <summary>The size of a value in bytes (in per-CPU maps, of the value for one CPU).</summary>
    public uint ValueSize { get; internal init; }

    /// <summary>The maximum number of entries; for a ring buffer, its size in bytes.</summary>
    public uint MaxEntries { get; internal init; }

    /// <summary>The BPF_F_* flags that it was created with.</summary>
    public uint Flags { get; internal init; }

    /// <summary>The pin that it was opened through, or null.</summary>
    public string? Path { get; internal init; }

    /// <summary>
    /// Whether it is internal to its program: it holds the program's global variables, or the program marked it as internal
    /// (BPFPS_INTERNAL). Only known for maps of started objects.
    /// </summary>
    public bool IsInternal => InternalMaps.Contains(ObjectTypes, Name);

    /// <summary>
    /// Whether its entries are results. Ring buffers (their records are events), stack traces, variables and internal maps do not
    /// hold results.
    /// </summary>
    internal bool HoldsResults => KeySize > 0 && Type != "stack_trace" && !SendsEvents && HoldsEntries;

    /// <summary>Whether programs send events through it: a ring buffer, or a perf buffer.</summary>
    internal bool SendsEvents => Type is "ringbuf" or "perf_event_array";

    /// <summary>Whether it has entries that are a user's to change. Ring buffers have none, and internal maps are the program's.</summary>
    internal bool HoldsEntries => MapKind.Of(this).NoEntries is null && !IsInternal;

    /// <summary>The number of its type in enum bpf_map_type.</summary>
    internal uint TypeNumber { get; init; }

    /// <summary>The started object that it belongs to; null for any other map.</summary>
    internal IMapOwner? Owner { get; init; }

    /// <summary>The id of its BTF in the kernel; 0 if it has none.</summary>
    internal uint BtfId { get; init; }

    internal uint BtfKeyTypeId { get; init; }

    internal uint BtfValueTypeId { get; init; }

    /// <summary>The value's type in the kernel's own BTF (struct_ops); 0 if it has none.</summary>
    internal uint BtfVmlinuxValueTypeId { get; init; }

    /// <summary>The BTF of the object file, searched first for the types of events and entries. Null for maps of others.</summary>
    internal BtfTypes? ObjectTypes { get; init; }

    /// <summary>Returns the map with an id.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="BpfException">No map has this id, or the user lacks permission.</exception>
    public static BpfMap FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenMap(id);
        return FromDescriptor(fd, new MapSource(id, null, null));
    }

    /// <summary>Returns the map that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, the pin is not of a map, or the user lacks permission.</exception>
    public static BpfMap FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Map);
        return FromDescriptor(fd, new MapSource(0, path, null));
    }

    /// <summary>Lists every map in the kernel. Maps that disappear in the meantime are skipped.</summary>
    /// <exception cref="BpfException">The user lacks permission.</exception>
    public static IEnumerable<BpfMap> List()
    {
        LibBpfLibrary.Require();
        foreach (var id in KernelObjects.MapIds())
        {
            BpfMap map;
            try
            {
                map = FromId(id);
            }
            catch (BpfException e) when (e.Kind == BpfErrorKind.Vanished)
            {
                continue;
            }
            yield return map;
        }
    }

    // unsafe: the kernel's info is a local struct, and its name has the fixed length that is passed.
    internal static unsafe BpfMap FromDescriptor(FileDescriptor fd, MapSource source, string? fullName = null, IMapOwner? owner = null)
    {
        var info = KernelObjects.GetMapInfo(fd);
        var types = info.BtfId == 0 ? null : KernelBtf.TryGet(info.BtfId);
        return new BpfMap(source with { Id = info.Id }, fullName ?? KernelObjects.NameOf(info.Name, 16), TypeNames.Map(info.Type), info.Id)
        {
            TypeNumber = info.Type,
            KeySize = info.KeySize,
            ValueSize = info.ValueSize,
            MaxEntries = info.MaxEntries,
            Flags = info.MapFlags,
            Path = source.Path,
            BtfId = info.BtfId,
            BtfKeyTypeId = info.BtfKeyTypeId,
            BtfValueTypeId = info.BtfValueTypeId,
            BtfVmlinuxValueTypeId = info.BtfVmlinuxValueTypeId,
            KeyType = info.BtfKeyTypeId == 0 ? null : types?.Describe(info.BtfKeyTypeId),
            ValueType = info.BtfValueTypeId == 0 ? null : types?.Describe(info.BtfValueTypeId),
            ObjectTypes = owner?.Types,
            Owner = owner,
        };
    }

    /// <summary>
    /// Creates a map. It stays until it is released (<see cref="BpfHeldMaps.Release"/>) or its session or process ends. A pinned map
    /// outlives both.
    /// </summary>
    /// <param name="definition">The definition of the map.</param>
    /// <exception cref="BpfException">The definition is not valid, or the user lacks permission.</exception>
    public static BpfMap Create(BpfMapDefinition definition)
    {
        var fd = MapMaker.Create(definition);
        try
        {
            var held = BpfHeldMaps.Hold(definition.Session, KernelObjects.GetMapInfo(fd).Id, fd);
            return FromDescriptor(fd, new MapSource(0, null, held));
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>Creates a map that only its pin keeps alive.</summary>
    /// <param name="definition">The definition of the map.</param>
    /// <param name="path">An unused path in bpffs. If it ends in '/', it is a directory, and the pin gets the map's name.</param>
    /// <param name="access">The pin's owner and permissions; null to give access only to the user that creates it.</param>
    /// <exception cref="BpfException">The definition or the path is not valid, or the user lacks permission. No map is left
    /// behind.</exception>
    public static BpfMap CreatePinned(BpfMapDefinition definition, string path, BpfPinAccess? access = null)
    {
        // Reject a bad path before there is a map.
        var place = PinMaker.Resolve(path.EndsWith('/') ? path + definition.Name : path);
        var map = Create(definition);
        try
        {
            return FromPin(map.Pin(place, access: access).Path);
        }
        finally
        {
            BpfHeldMaps.Release(definition.Session, map.Id);
        }
    }

    /// <summary>Whether a name refers to a kernel object, ignoring case. The kernel may have truncated the object's name.</summary>
    /// <param name="name">The name that the user typed.</param>
    /// <param name="kernelName">The object's name in the kernel.</param>
    internal static bool IsNamed(string name, string kernelName) =>
        EventTypeFinder.IsNamed(name.ToLowerInvariant(), kernelName.ToLowerInvariant());

    /// <summary>
    /// In a ring buffer, the number of bytes waiting to be read, including the headers of the records; null for other types.
    /// </summary>
    /// <exception cref="BpfException">The map no longer exists, or the user lacks permission.</exception>
    public ulong? PendingBytes => Type is "ringbuf" or "user_ringbuf" ? UserRing.PendingBytes(this) : null;

    /// <summary>Whether it is frozen: user space can no longer change it, only programs can.</summary>
    /// <exception cref="BpfException">The map no longer exists, or the user lacks permission.</exception>
    public bool IsFrozen
    {
        get
        {
            using var fd = OpenDescriptor();
            return MapErrors.IsFrozen(fd);
        }
    }

    /// <summary>Freezes the map: user space can never change it again. Programs still can.</summary>
    /// <exception cref="BpfException">It cannot be frozen (for example, because it is mapped into memory), it no longer exists, or the
    /// user lacks permission.</exception>
    public void Freeze()
    {
        using var fd = OpenDescriptor();
        if (!MapErrors.IsFrozen(fd))
        {
            var result = LibBpf.bpf_map_freeze(fd);
            if (result < 0)
            {
                throw -result is (int)BpfErrno.EPERM or (int)BpfErrno.EACCES
                    ? MapErrors.From(result, this, fd, MapOperations.Update) : MapErrors.NotFrozen(result, this);
            }
        }
    }

    /// <summary>
    /// Deletes all entries, or sets them to zero if they cannot be deleted. Entries that programs add in the meantime may stay.
    /// </summary>
    /// <param name="stop">Cancels the operation.</param>
    /// <returns>The number of entries that there were.</returns>
    /// <exception cref="BpfException">The map's entries can be neither deleted nor written, it no longer exists, or the user lacks
    /// permission.</exception>
    public long Clear(CancellationToken stop = default)
    {
        using var clearing = new MapClearing(this, stop);
        return clearing.Run();
    }

    /// <summary>Pins the map, so that it outlives every process.</summary>
    /// <param name="path">An unused path in bpffs; a relative one starts at its root. Missing directories are created, accessible to
    /// root only.</param>
    /// <param name="force">Whether to replace the pin of another map at this path.</param>
    /// <param name="access">The pin's owner and permissions; null to give access only to the user that creates it.</param>
    /// <exception cref="BpfException">The path is outside bpffs or in use, the map no longer exists, or the user lacks
    /// permission.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = OpenDescriptor();
        return PinMaker.Create(fd, path, BpfPinKind.Map, force, access);
    }

    /// <summary>Opens a descriptor of the map, which the caller must close.</summary>
    /// <exception cref="BpfException">The map no longer exists, or the user lacks permission.</exception>
    internal FileDescriptor OpenDescriptor() => _source.Open();

    /// <summary>The map's name and id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)} ({Type}, id {Id})");
}
