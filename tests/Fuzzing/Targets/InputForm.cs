namespace BpfPS.Fuzzing.Targets;

/// <summary>What an input is, which says how it can be changed so that most of it still makes sense.</summary>
internal enum InputForm
{
    /// <summary>Lines of words and numbers.</summary>
    Text,

    /// <summary>Bytes with numbers in them.</summary>
    Bytes,

    /// <summary>The types of a program (BTF).</summary>
    Btf,

    /// <summary>The length of the types in four bytes, the types (.BTF), and what belongs to them (.BTF.ext).</summary>
    BtfAndExtension,

    /// <summary>An object file.</summary>
    Elf,
}
