using System.Text;

namespace BpfPS.Probes;

/// <summary>The functions that are in the memory of the running kernel, from /proc/kallsyms, which needs no privilege for names.</summary>
internal sealed class KernelFunctionList
{
    private static KernelFunctionList? s_shared;

    private readonly Dictionary<string, Entry> _functions = new(150_000, StringComparer.Ordinal);
    private readonly HashSet<string>? _traceable;
    private readonly HashSet<string> _forbidden = new(StringComparer.Ordinal);
    private readonly Lazy<string[]> _names;

    private KernelFunctionList(byte[] symbols)
    {
        foreach (var line in symbols.AsSpan().Split((byte)'\n'))
        {
            Add(symbols.AsSpan(line));
        }
        _traceable = Traceable();
        ReadForbidden();
        _names = new(() => [.. _functions.Keys.Order(StringComparer.Ordinal)]);
    }

    /// <summary>The list, read once in a session.</summary>
    /// <exception cref="BpfException">The kernel does not list its symbols.</exception>
    public static KernelFunctionList Shared => s_shared ??= Read();

    /// <summary>The names in alphabetical order.</summary>
    public IReadOnlyList<string> Names => _names.Value;

    /// <summary>A function; null if there is none with this name.</summary>
    public Entry? Find(string name) => _functions.TryGetValue(name, out var entry) ? entry : null;

    /// <summary>Whether the kernel lists a function as traceable; null if its list cannot be read.</summary>
    public bool? IsTraceable(string name) => _traceable?.Contains(name);

    /// <summary>Whether the kernel forbids kprobes in a function.</summary>
    public bool IsForbidden(string name) => _forbidden.Contains(name);

    /// <summary>A function's place.</summary>
    /// <param name="Module">Its kernel module; null for the kernel itself.</param>
    /// <param name="Count">How many functions have this name.</param>
    public readonly record struct Entry(string? Module, int Count);

    private static KernelFunctionList Read()
    {
        try
        {
            return new(File.ReadAllBytes("/proc/kallsyms"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ProbeErrors.Unreadable("/proc/kallsyms", e);
        }
    }

    // address type name[TAB[module]]
    private void Add(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        if (space < 0 || line.Length < space + 4 || line[space + 1] is not ((byte)'t' or (byte)'T' or (byte)'w' or (byte)'W'))
        {
            return;
        }
        var name = line[(space + 3)..];
        var tab = name.IndexOf((byte)'\t');
        var module = tab < 0 ? null : Encoding.UTF8.GetString(name[(tab + 1)..].Trim("[] "u8));
        name = tab < 0 ? name : name[..tab];
        if (module != "bpf" && !IsPart(name))
        {
            var text = Encoding.UTF8.GetString(name);
            _functions[text] = _functions.TryGetValue(text, out var entry) ? entry with { Count = entry.Count + 1 } : new(module, 1);
        }
    }

    /// <summary>
    /// Whether a symbol is not a function of its own: the room before one, the trampoline of a static call, or the unlikely part of another
    /// that the compiler has put elsewhere.
    /// </summary>
    private static bool IsPart(ReadOnlySpan<byte> name) => name.StartsWith("__pfx_"u8) || name.StartsWith("__cfi_"u8)
        || name.StartsWith("__SCT__"u8) || name.StartsWith("__bpf_trampoline"u8) || name.IndexOf(".cold"u8) >= 0
        || name.StartsWith("."u8) || name.StartsWith("__ksymtab"u8);

    private static HashSet<string>? Traceable()
    {
        foreach (var place in BpfFileSystem.TracePlaces)
        {
            try
            {
                return File.ReadLines($"{place}/available_filter_functions").Select(line => line.Split(' ')[0])
                    .ToHashSet(StringComparer.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // not there, or refused, as by some kernels even to root
            }
        }
        return null;
    }

    // Each line: the range of addresses, and the function after a tab.
    private void ReadForbidden()
    {
        try
        {
            _forbidden.UnionWith(File.ReadLines("/sys/kernel/debug/kprobes/blacklist").Select(line => line.Split('\t')[^1].Split(' ')[0]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return; // debugfs is not mounted, or not for this user: an attempt shows it
        }
    }
}
