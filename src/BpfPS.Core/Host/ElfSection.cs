namespace BpfPS.Host;

/// <summary>A section of an ELF file.</summary>
/// <param name="Name">Its name, such as ".BTF".</param>
/// <param name="Type">Its type (SHT_*).</param>
/// <param name="Offset">Where it begins in the file, in bytes.</param>
/// <param name="Size">How many bytes it has.</param>
/// <param name="Link">The number of the section that it refers to: of a symbol table, that of its names.</param>
internal sealed record ElfSection(string Name, uint Type, long Offset, long Size, uint Link);
