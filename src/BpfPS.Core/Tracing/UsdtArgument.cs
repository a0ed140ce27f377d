using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using BpfPS.Generation;

namespace BpfPS.Tracing;

/// <summary>An argument of a USDT probe at one of its places.</summary>
/// <param name="Size">Its size: 1, 2, 4 or 8 bytes.</param>
/// <param name="IsSigned">Whether it has a sign.</param>
/// <param name="Value">The argument; null if it is where no program can get at, as a floating point number is.</param>
internal sealed partial record UsdtArgument(int Size, bool IsSigned, ProbeValue? Value)
{
    private const int Word = sizeof(ulong);

    // Where struct pt_regs of x86-64 has the registers, in words.
    private static readonly string[] s_x64 =
        ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "", "ip", "", "", "sp"];

    private const int Arm64Stack = 31;

    /// <summary>Reads where arguments are.</summary>
    /// <param name="text">As the compiler wrote it: "-4@%eax 8@-16(%rbp)", on arm64 "-4@w0 8@[sp, 16]".</param>
    public static IReadOnlyList<UsdtArgument> Parse(string text) => [.. Argument().Matches(text).Select(match =>
    {
        var number = int.TryParse(match.Groups["size"].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size)
            ? size : Word;
        var bytes = Math.Abs(number) is 1 or 2 or 4 or Word ? Math.Abs(number) : Word;
        var value = match.Groups["float"].Length > 0 ? null : Operand(match.Groups["operand"].Value, bytes);
        return new UsdtArgument(bytes, number < 0, value is null || bytes == Word || number > 0 ? value : new SignedValue(value, bytes));
    })];

    private static ProbeValue? Operand(string text, int size)
    {
        if (Constant().Match(text) is { Success: true } constant
            && long.TryParse(constant.Groups[1].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return new KnownValue(number);
        }
        if (Register(text.TrimStart('%'), size) is { } register)
        {
            return register;
        }
        if (X64Memory().Match(text) is { Success: true } memory && Whole(memory.Groups["base"].Value) is { } start)
        {
            var index = memory.Groups["index"].Length > 0 ? Whole(memory.Groups["index"].Value) : null;
            var scale = memory.Groups["scale"].Value switch { "2" => 1, "4" => 2, "8" => 3, _ => 0 };
            return memory.Groups["index"].Length > 0 && index is null || Offset(memory) is not { } offset ? null
                : new UserMemoryValue(At(start, index, scale, offset), size);
        }
        if (Arm64Memory().Match(text) is { Success: true } place && Whole(place.Groups["base"].Value) is { } address)
        {
            var index = place.Groups["index"].Length > 0 ? Whole(place.Groups["index"].Value) : null;
            return place.Groups["index"].Length > 0 && index is null || Offset(place) is not { } offset ? null
                : new UserMemoryValue(At(address, index, 0, offset), size);
        }
        return null;

        static ProbeValue At(ProbeValue start, ProbeValue? index, int scale, int offset) =>
            index is null ? new MovedAddress(start, offset) : new IndexedAddress(start, index, scale, offset);

        static int? Offset(Match match) => match.Groups["offset"].Length == 0 ? 0
            : int.TryParse(match.Groups["offset"].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bytes) ? bytes
            : null;
    }

    private static ContextValue? Whole(string register) => Register(register.TrimStart('%'), Word);

    /// <summary>The lower bytes of a register; null if there is no such register in the context.</summary>
    private static ContextValue? Register(string name, int size)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            return name == "sp" ? new ContextValue(Arm64Stack * Word, size)
                : name.Length > 1 && name[0] is 'x' or 'w' && int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture,
                    out var number) && number < Arm64Stack ? new ContextValue(number * Word, size) : null;
        }
        // rax, eax, ax, al and ah; rsi, esi, si and sil; r8, r8d, r8w and r8b.
        var isUpperByte = name.Length == 2 && name[1] == 'h';
        var known = X64Name().Match(name) is { Success: true } match ? match.Groups["new"].Length > 0 ? match.Groups["new"].Value
            : match.Groups["byte"].Length > 0 ? $"{match.Groups["byte"].Value}x" : match.Groups["old"].Value : "";
        var at = known.Length == 0 ? -1 : Array.IndexOf(s_x64, known);
        return at < 0 ? null : new ContextValue(at * Word + (isUpperByte ? 1 : 0), size);
    }

    [GeneratedRegex(@"(?:(?<size>-?\d+)(?<float>f)?@)(?<operand>\[[^\]]*\]|\S+)")]
    private static partial Regex Argument();

    [GeneratedRegex(@"^\$?(-?\d+)$")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^(?<offset>-?\d+)?\((?<base>%\w+)(?:,(?<index>%\w+)(?:,(?<scale>[1248]))?)?\)$")]
    private static partial Regex X64Memory();

    [GeneratedRegex(@"^\[(?<base>\w+)(?:, ?(?:(?<offset>-?\d+)|(?<index>\w+)))?\]$")]
    private static partial Regex Arm64Memory();

    [GeneratedRegex("^(?:(?<new>r(?:8|9|1[0-5]))[dwb]?|[re]?(?<old>[abcd]x|si|di|bp|sp)|(?<old>si|di|bp|sp)l|(?<byte>[abcd])[lh]"
        + "|[re](?<old>ip))$")]
    private static partial Regex X64Name();
}
