using System.Globalization;
using BpfPS.Btf;
using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Pins;

namespace BpfPS;

/// <summary>A map in the kernel. What an object file defines is a <see cref="BpfMapSpec"/>.</summary>
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

    /// <summary>Its name; the kernel cuts names at 15 characters.</summary>
    public string Name { get; }

    /// <summary>Its type in libbpf's words, such as "hash" or "ringbuf".</summary>
    public string Type { get; }

    /// <summary>The key as C writes it, such as "struct key" or "__u32"; null where no BTF tells.</summary>
    public string? KeyType { get; internal init; }

    /// <summary>The value as C writes it; null where no BTF tells.</summary>
    public string? ValueType { get; internal init; }

    /// <summary>Bytes in a key.</summary>
    public uint KeySize { get; internal init; }

    /// <summary>Bytes in a value (for one CPU, in per-CPU maps).</summary>
    public uint ValueSize { get; internal init; }

    /// <summary>How many entries there can be; for a ring buffer, its size in bytes.</summary>
    public uint MaxEntries { get; internal init; }

    /// <summary>The BPF_F_* flags it was made with.</summary>
    public uint Flags { get; internal init; }

    /// <summary>The pin it was opened through, or null.</summary>
    public string? Path { get; internal init; }

    /// <summary>
    /// Whether it holds no result: the program's global variables, or what it marked as its own (BPFPS_INTERNAL). Known for maps
    /// of objects only.
    /// </summary>
    public bool IsInternal => InternalMaps.Contains(ObjectTypes, Name);

    /// <summary>
    /// Whether it holds entries that are results: neither a ring buffer, whose records are events, nor stacks, nor
    /// variables, nor what a program keeps for itself.
    /// </summary>
    internal bool HoldsResults => KeySize > 0 && Type != "stack_trace" && MapKind.Of(this).NoEntries is null && !IsInternal;

    /// <summary>The number of its kind in enum bpf_map_type.</summary>
    internal uint TypeNumber { get; init; }

    /// <summary>The started object that it belongs to; null for a map of somebody else's.</summary>
    internal IMapOwner? Owner { get; init; }

    /// <summary>The id of its BTF in the kernel, 0 for none.</summary>
    internal uint BtfId { get; init; }

    internal uint BtfKeyTypeId { get; init; }

    internal uint BtfValueTypeId { get; init; }

    /// <summary>The value's type in the kernel's own BTF (struct_ops), 0 for none.</summary>
    internal uint BtfVmlinuxValueTypeId { get; init; }

    /// <summary>What its events' or entries' types are looked up in first: an object file's own BTF. Null for foreign maps.</summary>
    internal BtfTypes? ObjectTypes { get; init; }

    /// <summary>The map with that id.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="BpfException">There is none, or the user may not.</exception>
    public static BpfMap FromId(uint id)
    {
        LibBpfLibrary.Require();
        using var fd = KernelObjects.OpenMap(id);
        return FromDescriptor(fd, new MapSource(id, null, null));
    }

    /// <summary>The map that is pinned at a path.</summary>
    /// <param name="path">A path in bpffs.</param>
    /// <exception cref="BpfException">There is no pin, it is not a map's, or the user may not.</exception>
    public static BpfMap FromPin(string path)
    {
        using var fd = BpfPin.OpenDescriptor(path, BpfPinKind.Map);
        return FromDescriptor(fd, new MapSource(0, path, null));
    }

    /// <summary>Every map in the kernel. One that goes away meanwhile is left out.</summary>
    /// <exception cref="BpfException">The user may not.</exception>
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

    // unsafe: the kernel's info is a local struct; names in it have the fixed length that is given.
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
    /// Makes a map. It stays until it is released (<see cref="BpfHeldMaps.Release"/>), its session ends or the process does; pinned, it
    /// outlives both.
    /// </summary>
    /// <param name="definition">What it is to be like.</param>
    /// <exception cref="BpfException">The definition is not possible, or the user may not.</exception>
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

    /// <summary>Makes a map that only its pin keeps.</summary>
    /// <param name="definition">What it is to be like.</param>
    /// <param name="path">A path in bpffs that is not taken; one that ends in '/' is a directory, and the pin gets the map's name.</param>
    /// <param name="access">Whose the pin is and who may use it; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">The definition or the place is not possible, or the user may not. Then no map is left.</exception>
    public static BpfMap CreatePinned(BpfMapDefinition definition, string path, BpfPinAccess? access = null)
    {
        // A place that cannot be is better known before there is a map.
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

    /// <summary>Whether a name is a thing's, in any case: the kernel may have cut what it has.</summary>
    /// <param name="name">What a person calls it.</param>
    /// <param name="kernelName">What the kernel calls it.</param>
    internal static bool IsNamed(string name, string kernelName) =>
        EventTypeFinder.IsNamed(name.ToLowerInvariant(), kernelName.ToLowerInvariant());

    /// <summary>
    /// In a ring buffer, how many bytes wait to be read, the headers of the records included; null for other types, and for maps
    /// that are not loaded.
    /// </summary>
    /// <exception cref="BpfException">The map has gone, or the user may not.</exception>
    public ulong? PendingBytes => Type is "ringbuf" or "user_ringbuf" ? UserRing.PendingBytes(this) : null;

    /// <summary>Whether it is frozen: user space cannot change it any more, only programs.</summary>
    /// <exception cref="BpfException">The map has gone, or the user may not.</exception>
    public bool IsFrozen
    {
        get
        {
            using var fd = OpenDescriptor();
            return MapErrors.IsFrozen(fd);
        }
    }

    /// <summary>Freezes the map: user space cannot change it from now on, for as long as it lives. Programs still can.</summary>
    /// <exception cref="BpfException">It cannot be frozen, because it is mapped into memory, say; or it has gone, or the user may
    /// not.</exception>
    public void Freeze()
    {
        using var fd = OpenDescriptor();
        if (!MapErrors.IsFrozen(fd))
        {
            Errors.ThrowIfNegative(LibBpf.bpf_map_freeze(fd), $"Freezing map '{VisibleText.Escape(Name)}'");
        }
    }

    /// <summary>Pins the map, so that it outlives every process.</summary>
    /// <param name="path">A path in bpffs that is not taken; a relative one counts from its root. Missing directories are made,
    /// for root only.</param>
    /// <param name="force">Whether the pin of another map that is there is replaced.</param>
    /// <param name="access">Whose the pin is and who may use it; null for the user that makes it alone.</param>
    /// <exception cref="BpfException">The path lies outside of bpffs or is taken, the map has gone, or the user may not.</exception>
    public BpfPin Pin(string path, bool force = false, BpfPinAccess? access = null)
    {
        using var fd = OpenDescriptor();
        return PinMaker.Create(fd, path, BpfPinKind.Map, force, access);
    }

    /// <summary>A descriptor of the map for the caller to close.</summary>
    /// <exception cref="BpfException">The map has gone, or the user may not.</exception>
    internal FileDescriptor OpenDescriptor() => _source.Open();

    /// <summary>The map's name and id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Escape(Name)} ({Type}, id {Id})");
}
