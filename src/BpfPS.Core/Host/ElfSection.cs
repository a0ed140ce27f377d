namespace BpfPS.Host;

/// <summary>A section of an ELF file.</summary>
/// <param name="Name">Its name, such as ".BTF".</param>
/// <param name="Type">Its type (SHT_*).</param>
/// <param name="Flags">What else is said of it (SHF_*).</param>
/// <param name="Offset">Its offset in the file, in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Link">The number of the section that it refers to; for a symbol table, the section of its names.</param>
/// <param name="Info">For relocations, the number of the section that they change.</param>
/// <param name="EntrySize">The size in bytes of each entry of a table.</param>
internal sealed record ElfSection(string Name, uint Type, long Flags, long Offset, long Size, uint Link, uint Info, long EntrySize);
