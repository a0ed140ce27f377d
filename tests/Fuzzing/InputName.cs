using System.Security.Cryptography;

namespace BpfPS.Fuzzing;

/// <summary>Names an input by its content, so that each is kept once.</summary>
internal static class InputName
{
    private const int Bytes = 6;

    public static string Of(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, Bytes));
}
