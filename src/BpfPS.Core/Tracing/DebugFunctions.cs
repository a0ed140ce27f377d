using System.Runtime.InteropServices;
using BpfPS.Files;
using BpfPS.Generation;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Probes;

namespace BpfPS.Tracing;

/// <summary>What the debug information (DWARF) of a program or library says of functions.</summary>
internal static class DebugFunctions
{
    private const int LargestFile = 256 << 20;
    private const int MostUnits = 1 << 16;
    private const int Word = sizeof(ulong);
    private const int TwoWords = 2 * Word;
    private const int MostTypedefs = 64;
    private const long Boolean = 2, Floating = 4, Signed = 5, SignedCharacter = 6, UnsignedCharacter = 8; // DW_ATE_*

    private static readonly ProbeArgument s_nothing = new("", "", ArgumentKind.Opaque, 0, 0);

    /// <summary>Reads functions.</summary>
    /// <param name="path">The path of the program or library.</param>
    /// <param name="names">Their names.</param>
    /// <returns>Those that are there; none where there is no debug information, or none that can be read.</returns>
    public static IReadOnlyDictionary<string, DebugFunction> Read(string path, IReadOnlySet<string> names)
    {
        var found = new Dictionary<string, DebugFunction>(StringComparer.Ordinal);
        try
        {
            if (!LibDw.IsAvailable || ElfImage.TryRead(RegularFile.ReadAll(path, LargestFile, null)) is not { } file
                || !DebugSections.AreIn(file))
            {
                return found;
            }
            var image = DebugSections.ImageOf(file);
            lock (LibDw.Gate)
            {
                using var reader = new DwarfReader(image, MostUnits);
                foreach (var entry in reader.Units().SelectMany(reader.Children)
                    .Where(entry => DwarfReader.Tag(entry) == DwarfNames.Subprogram))
                {
                    if (DwarfReader.Text(entry, DwarfNames.Name) is var name && names.Contains(name)
                        && !DwarfReader.Has(entry, DwarfNames.Declaration))
                    {
                        _ = found.TryAdd(name, Function(reader, entry));
                    }
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException or BpfException)
        {
            // Arguments are then known by their places.
        }
        return found;
    }

    private static DebugFunction Function(DwarfReader reader, DwflDie function)
    {
        var isInlined = DwarfReader.Number(function, DwarfNames.Inline) is 1 or 3; // DW_INL_inlined, DW_INL_declared_inlined
        var result = DwarfReader.Reference(function, DwarfNames.Type) is { } type ? Value(reader, type, "ret", 0) : null;
        // What is too large for two registers is returned at an address, which on x86 takes the place of the first argument.
        var next = result is { Kind: ArgumentKind.Opaque, Size: > TwoWords }
            && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 1u : 0;
        var arguments = new List<ProbeArgument>();
        foreach (var parameter in reader.Children(function).Where(child => DwarfReader.Tag(child) == DwarfNames.Parameter))
        {
            var name = DwarfReader.Text(parameter, DwarfNames.Name) is { Length: > 0 } own ? own : $"arg{arguments.Count}";
            var value = DwarfReader.Reference(parameter, DwarfNames.Type) is { } known ? Value(reader, known, name, next) : s_nothing;
            if (value is null)
            {
                continue; // a floating point number has a register of another kind
            }
            if (value is { Kind: ArgumentKind.Opaque, Size: > TwoWords }
                && RuntimeInformation.ProcessArchitecture == Architecture.X64)
            {
                continue; // it is on the stack
            }
            if (value.Kind == ArgumentKind.Opaque || next >= FunctionRegisters.Count)
            {
                break; // where those behind it are depends on what it is made of
            }
            arguments.Add(value);
            next++;
        }
        return new DebugFunction(arguments, result is { Kind: not ArgumentKind.Opaque } ? result : null, isInlined);
    }

    /// <summary>A parameter or result; null for a floating point number.</summary>
    private static ProbeArgument? Value(DwarfReader reader, DwflDie type, string name, uint at)
    {
        var text = DwarfReader.Text(type, DwarfNames.Name);
        type = Plain(type);
        var size = (uint)(DwarfReader.Number(type, DwarfNames.ByteSize) ?? 0);
        switch (DwarfReader.Tag(type))
        {
            case DwarfNames.Pointer:
                return new(name, "void *", IsText(type) ? ArgumentKind.UserText : ArgumentKind.Address, at, Word);
            case DwarfNames.Enumeration when size is 1 or 2 or 4:
                var values = reader.Children(type).Where(child => DwarfReader.Tag(child) == DwarfNames.Enumerator).Select(child =>
                    (DwarfReader.Text(child, DwarfNames.Name), (ulong)(DwarfReader.Number(child, DwarfNames.ConstantValue) ?? 0)));
                return new(name, text, ArgumentKind.Number, at, size) { Names = [.. values] };
            case DwarfNames.Base when size is 1 or 2 or 4 or Word:
                var encoding = DwarfReader.Number(type, DwarfNames.Encoding);
                return encoding == Floating ? null
                    : new(name, text, encoding == Boolean ? ArgumentKind.Boolean : ArgumentKind.Number, at, size)
                    {
                        IsSigned = encoding is Signed or SignedCharacter,
                    };
            case DwarfNames.Base when DwarfReader.Number(type, DwarfNames.Encoding) == Floating:
                return null;
            default:
                return s_nothing with { Size = size };
        }
    }

    /// <summary>Whether it points to text that nobody changes there: const char *.</summary>
    private static bool IsText(DwflDie pointer) =>
        DwarfReader.Reference(pointer, DwarfNames.Type) is { } constant && DwarfReader.Tag(constant) == DwarfNames.Const
        && DwarfReader.Reference(constant, DwarfNames.Type) is { } target && Plain(target) is var character
        && DwarfReader.Number(character, DwarfNames.ByteSize) == 1
        && DwarfReader.Number(character, DwarfNames.Encoding) is SignedCharacter or UnsignedCharacter;

    /// <summary>A type without its other names and qualifiers.</summary>
    private static DwflDie Plain(DwflDie type)
    {
        for (var i = 0; i < MostTypedefs && DwarfReader.Tag(type) is DwarfNames.Typedef or DwarfNames.Const or DwarfNames.Volatile
            or DwarfNames.Restrict or DwarfNames.Atomic && DwarfReader.Reference(type, DwarfNames.Type) is { } target; i++)
        {
            type = target;
        }
        return type;
    }
}
