using System.Collections.Concurrent;
using System.Text;

namespace BpfPS.Host;

/// <summary>A snapshot of the functions in /proc/kallsyms, sorted by address. It is immutable, so any thread may read it.</summary>
internal sealed class KallsymsTable(
    ulong[] addresses, KallsymsEntry[] entries, byte[] names, string[] modules, bool hasAddresses, ulong coreStart, ulong coreEnd)
{
    /// <summary>
    /// No kernel function is longer than this. kallsyms has no sizes, so without a limit, the last function before unnamed memory
    /// would cover all of that memory.
    /// </summary>
    internal const ulong LongestFunction = 1024 * 1024;

    private readonly ConcurrentDictionary<int, string> _strings = new();

    /// <summary>A table without symbols, for a kernel that does not show any.</summary>
    public static KallsymsTable Empty { get; } = new([], [], [], [], false, 0, 0);

    /// <summary>The number of addresses with a name.</summary>
    public int Count { get; } = entries.Count(entry => !entry.IsBoundary);

    /// <summary>False if the kernel showed every address as zero, as it does for unprivileged users.</summary>
    public bool HasAddresses => hasAddresses;

    /// <summary>Whether an address is in the kernel image, which never changes, unlike modules and BPF programs.</summary>
    public bool IsCore(ulong address) => address >= coreStart && address <= coreEnd;

    /// <summary>Finds the function that covers an address.</summary>
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
        symbol = new KernelSymbol(addresses[index], _strings.GetOrAdd(entry.Name, Decode),
            entry.Module == 0 ? null : modules[entry.Module - 1]);
        return true;
    }

    private string Decode(int offset)
    {
        var rest = names.AsSpan(offset);
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
