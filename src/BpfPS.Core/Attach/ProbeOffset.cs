using System.Globalization;

namespace BpfPS.Attach;

/// <summary>A function with an offset into it, as probes take them: "function+0x10".</summary>
internal static class ProbeOffset
{
    /// <summary>The function and the number of bytes after its start.</summary>
    /// <exception cref="BpfException">What follows the plus sign is not a number.</exception>
    public static (string Function, nuint Offset) Split(ProgramToAttach program, string place)
    {
        var plus = place.LastIndexOf('+');
        return plus < 0 ? (place, 0) : (place[..plus], Number(program, place[(plus + 1)..]));
    }

    /// <summary>A decimal number, or a hexadecimal one with 0x.</summary>
    /// <exception cref="BpfException">It is not one.</exception>
    public static nuint Number(ProgramToAttach program, string text)
    {
        var isHexadecimal = text.StartsWith("0x", StringComparison.Ordinal);
        return nuint.TryParse(isHexadecimal ? text.AsSpan(2) : text,
            isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation}: '{VisibleText.Escape(text)}' is not an offset.",
                program.Hook is UserProbeHook ? "Specify path:function, path:function+offset or path:0xaddress."
                    : "Specify a function, or function+offset.");
    }
}
