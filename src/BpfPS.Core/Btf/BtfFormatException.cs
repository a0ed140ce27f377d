namespace BpfPS.Btf;

/// <summary>The bytes are not BTF, or the BTF contradicts itself.</summary>
public sealed class BtfFormatException : BpfException
{
    /// <summary>Creates the error.</summary>
    /// <param name="problem">What is wrong, including the offset or type number.</param>
    public BtfFormatException(string problem)
        : base(BpfErrorKind.InvalidData, $"The BTF type information is damaged: {problem}.",
            "Compile the program again (clang -g -target bpf).")
    {
    }
}
