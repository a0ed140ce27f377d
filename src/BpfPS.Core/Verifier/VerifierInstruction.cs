using System.Globalization;

namespace BpfPS.Verifier;

/// <summary>An instruction of a program, as the verifier's log shows it.</summary>
/// <param name="Index">Its number in the program, from 0, in units of 8 bytes.</param>
/// <param name="Text">The instruction in the kernel's notation; empty if the log does not show it.</param>
public sealed record VerifierInstruction(int Index, string Text)
{
    /// <summary>Number and text, as in the log.</summary>
    public override string ToString() =>
        Text.Length == 0 ? Index.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Index}: {Text}");
}
