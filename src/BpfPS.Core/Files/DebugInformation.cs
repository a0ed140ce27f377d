using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Files;

/// <summary>
/// The debug information (DWARF) of an object, which has the structs that only the code of its programs uses: compilers leave those
/// out of the BTF. It is read with libdw when it is first asked for. Thread-safe.
/// </summary>
internal sealed class DebugInformation
{
    private const int MaximumDepth = 32;
    private const int LargestObject = 64 << 20;

    private readonly Lazy<(byte[]? Image, IReadOnlyList<DebugStruct> Structs, DebugProblem? Problem)> _content;

    /// <summary>Remembers the debug information of an object.</summary>
    /// <param name="file">The object.</param>
    public DebugInformation(ElfImage file) : this(file, LibDw.IsAvailable)
    {
    }

    internal DebugInformation(ElfImage file, bool hasLibDw)
    {
        if (!DebugSections.AreIn(file))
        {
            _content = new((null, [], DebugProblem.Stripped));
        }
        else if (!hasLibDw)
        {
            _content = new((null, [], DebugProblem.NoLibrary));
        }
        else if (file.Length > LargestObject)
        {
            _content = new((null, [], DebugProblem.Unreadable($"the object is larger than {LargestObject >> 20} MiB")));
        }
        else
        {
            _content = new(() => Read(file));
        }
    }

    /// <summary>Its structs and unions that have a name; empty if it cannot be read.</summary>
    public IReadOnlyList<DebugStruct> Structs => _content.Value.Structs;

    /// <summary>Why it cannot be read, and what to do about it; null if it can.</summary>
    public DebugProblem? Problem => _content.Value.Problem;

    /// <summary>Some of its structs as BTF types.</summary>
    /// <param name="structs">The structs.</param>
    /// <returns>Their types with all that they contain, and their numbers.</returns>
    /// <exception cref="BpfException">A struct contradicts itself.</exception>
    public (BtfTypes Types, IReadOnlyList<uint> Ids) Convert(IEnumerable<DebugStruct> structs)
    {
        try
        {
            lock (LibDw.Gate)
            {
                using var reader = new DwarfReader(_content.Value.Image ?? []);
                var converter = new DwarfConverter(reader);
                var ids = structs.Select(one => converter.Convert(one.Entry)).ToArray();
                return (converter.Types, ids);
            }
        }
        catch (InvalidDataException e)
        {
            throw new BpfException(BpfErrorKind.InvalidData,
                $"The debug information (DWARF) of the object is damaged: {VisibleText.Escape(e.Message)}.",
                "Compile the program again (clang -g -target bpf).", inner: e);
        }
    }

    private static (byte[]?, IReadOnlyList<DebugStruct>, DebugProblem?) Read(ElfImage file)
    {
        try
        {
            var image = DebugSections.ImageOf(file);
            lock (LibDw.Gate)
            {
                using var reader = new DwarfReader(image);
                var structs = new List<DebugStruct>();
                foreach (var unit in reader.Units())
                {
                    Collect(reader, unit, structs, 0);
                }
                return (image, structs, null);
            }
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            return (null, [], DebugProblem.Unreadable(VisibleText.Escape(e.Message)));
        }
    }

    /// <summary>Adds the structs of a scope, and of the scopes in it: functions have types of their own.</summary>
    private static void Collect(DwarfReader reader, DwflDie scope, List<DebugStruct> structs, int depth)
    {
        foreach (var entry in reader.Children(scope))
        {
            switch (DwarfReader.Tag(entry))
            {
                case DwarfNames.Structure or DwarfNames.Class or DwarfNames.Union:
                    Add(entry, entry);
                    break;
                case DwarfNames.Typedef when DwarfReader.Reference(entry, DwarfNames.Type) is { } target
                    && DwarfReader.Tag(target) is DwarfNames.Structure or DwarfNames.Union
                    && !DwarfReader.Has(target, DwarfNames.Name):
                    Add(entry, target);
                    break;
                case DwarfNames.Subprogram or DwarfNames.LexicalBlock when depth < MaximumDepth:
                    Collect(reader, entry, structs, depth + 1);
                    break;
                default:
                    break;
            }
        }

        void Add(DwflDie named, DwflDie type)
        {
            if (DwarfReader.Text(named, DwarfNames.Name) is { Length: > 0 } name && !DwarfReader.Has(type, DwarfNames.Declaration)
                && DwarfReader.Number(type, DwarfNames.ByteSize) is >= 0 and <= uint.MaxValue and var size)
            {
                structs.Add(new DebugStruct(name, (uint)size, DwarfReader.Tag(type) == DwarfNames.Union,
                    IsKernelHeader(Path.GetFileName(DwarfReader.FileOf(named))), DwarfReader.OffsetOf(named)));
            }
        }
    }

    /// <summary>Whether a file is vmlinux.h, or vmlinux_NUMBER.h of a kernel's version as some projects have it.</summary>
    private static bool IsKernelHeader(string file) =>
        file.StartsWith("vmlinux", StringComparison.Ordinal) && file.EndsWith(".h", StringComparison.Ordinal);
}
