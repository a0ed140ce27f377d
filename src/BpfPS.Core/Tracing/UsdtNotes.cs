using BpfPS.Host;

namespace BpfPS.Tracing;

/// <summary>The USDT probes of a file, which are notes in it (SystemTap's sys/sdt.h).</summary>
internal static class UsdtNotes
{
    private const int LargestFile = 1 << 30;
    private const uint Notes = 7; // SHT_NOTE
    private const uint Probe = 3; // NT_STAPSDT
    private const string Owner = "stapsdt";
    private const int Header = 12, Addresses = 24;

    /// <summary>The places of all probes of a file.</summary>
    /// <param name="path">The path of the program or library.</param>
    /// <exception cref="BpfException">The file cannot be read, or is damaged.</exception>
    public static IReadOnlyList<UsdtSite> Read(string path)
    {
        try
        {
            return ElfImage.TryRead(RegularFile.ReadAll(path, LargestFile, null)) is not { } file ? []
                : [.. file.Sections.Where(section => section.Type == Notes).SelectMany(section => In(file, file.Bytes(section)))];
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or InvalidDataException)
        {
            throw new BpfException(BpfErrorKind.InvalidData,
                $"The notes of '{VisibleText.Escape(path)}' are damaged: {VisibleText.Escape(e.Message)}.", inner: e);
        }
    }

    // A note is three numbers (the size of its name, of its content, and its type), the name and the content, both filled up to four
    // bytes. The content is three addresses - of the probe, of the section .stapsdt.base when the note was written, and of the
    // semaphore - and three texts: provider, name and arguments.
    private static IEnumerable<UsdtSite> In(ElfImage file, byte[] notes)
    {
        for (var at = 0; at + Header <= notes.Length;)
        {
            var (nameSize, size, type) = (file.Int(notes, at), file.Int(notes, at + 4), file.Int(notes, at + 8));
            var content = checked(at + Header + (int)((nameSize + 3) & ~3u));
            var end = checked(content + (int)((size + 3) & ~3u));
            if (type == Probe && size > Addresses && end <= notes.Length && ElfImage.TextAt(notes, (uint)(at + Header)) == Owner)
            {
                var text = content + Addresses;
                var provider = ElfImage.TextAt(notes, (uint)text);
                var name = ElfImage.TextAt(notes, (uint)(text += provider.Length + 1));
                var arguments = ElfImage.TextAt(notes, (uint)(text + name.Length + 1));
                var semaphore = (ulong)file.Long(notes, content + 2 * sizeof(ulong));
                if (file.FileOffset((ulong)file.Long(notes, content)) is { } offset)
                {
                    yield return new UsdtSite(provider, name, offset, semaphore == 0 ? 0 : file.FileOffset(semaphore) ?? 0, arguments);
                }
            }
            at = end;
        }
    }
}
