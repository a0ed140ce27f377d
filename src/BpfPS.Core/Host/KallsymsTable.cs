using System.Collections.Concurrent;
using System.Text;

namespace BpfPS.Host;

/// <summary>The functions of /proc/kallsyms at one moment, sorted by address. Never changes, so any thread may read it.</summary>
internal sealed class KallsymsTable(
    ulong[] addresses, KallsymsEntry[] entries, byte[] names, string[] modules, bool hasAddresses, ulong coreStart, ulong coreEnd)
{
    /// <summary>
    /// No kernel function is longer than this. kallsyms has no sizes, so the last function before unnamed space
    /// would otherwise be held responsible for all of that space.
    /// </summary>
    internal const ulong LongestFunction = 1024 * 1024;

    private readonly ConcurrentDictionary<int, string> _strings = new();

    /// <summary>A table without symbols, as a kernel that shows none has.</summary>
    public static KallsymsTable Empty { get; } = new([], [], [], [], false, 0, 0);

    /// <summary>How many addresses have a name.</summary>
    public int Count { get; } = entries.Count(entry => !entry.IsBoundary);

    /// <summary>False when the kernel showed every address as zero, which is what it does for the unprivileged.</summary>
    public bool HasAddresses => hasAddresses;

    /// <summary>Whether the address is in the kernel's own image, where nothing changes; modules and BPF programs come and go.</summary>
    public bool IsCore(ulong address) => address >= coreStart && address <= coreEnd;

    /// <summary>The function that covers an address.</summary>
    public bool TryFind(ulong address, out KernelSymbol symbol)
    {
        symbol = default;
        var index = Array.BinarySearch(addresses, address);
        if (index < 0)
        {
            index = ~index - 1;
        }
        if (index < 0 || !hasAddresses || entries[index].IsBoundary || address - addresses[index] >= LongestFunction)
        {
            return false;
        }
        var entry = entries[index];
        symbol = new KernelSymbol(addresses[index], _strings.GetOrAdd(entry.Name, Decode), entry.Module == 0 ? null
            : modules[entry.Module - 1]);
        return true;
    }

    private string Decode(int offset)
    {
        var rest = names.AsSpan(offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
