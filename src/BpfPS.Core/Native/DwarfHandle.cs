using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a Dwarf: libdw's view of debug information in memory, and that memory.</summary>
internal sealed unsafe class DwarfHandle : SafeHandle
{
    // libdw reads what it trusts to end with a NUL or with the section. What comes after the image is zeros, so that a little more is
    // still ours.
    private const int Margin = 1 << 12;

    private readonly nint _elf;

    /// <summary>Opens an ELF file in memory, which is copied. The caller holds <see cref="LibDw.Gate"/>.</summary>
    /// <param name="image">The file.</param>
    public DwarfHandle(ReadOnlySpan<byte> image) : base(0, ownsHandle: true)
    {
        var memory = (byte*)NativeMemory.AllocZeroed((nuint)image.Length + Margin);
        SetHandle((nint)memory);
        image.CopyTo(new Span<byte>(memory, image.Length));
        _ = LibElf.elf_version(LibElf.CurrentVersion);
        _elf = LibElf.elf_memory((nint)memory, (nuint)image.Length);
        Dwarf = _elf == 0 ? 0 : LibDw.dwarf_begin_elf(_elf, 0, 0);
    }

    /// <summary>The Dwarf; 0 if the image has no debug information that can be read.</summary>
    public nint Dwarf { get; }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        if (Dwarf != 0)
        {
            _ = LibDw.dwarf_end(Dwarf);
        }
        if (_elf != 0)
        {
            _ = LibElf.elf_end(_elf);
        }
        NativeMemory.Free((void*)handle);
        return true;
    }
}
