using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Fuzzing.Mutation;

/// <summary>
/// Changes object files where it matters: numbers of the header and of section headers, entries of tables, and the content of a section,
/// which can also become longer. Reads the file itself, so that the engine's reader is not what decides where.
/// </summary>
internal static class ElfMutator
{
    private const int HeaderSize = 64, SectionSize = 64;
    private const int SectionsAt = 40, CountAt = 60, NamesAt = 62;
    private const int OffsetAt = 24, SizeAt = 32;
    private const uint NoBytes = 8; // SHT_NOBITS

    private static readonly (int At, int Size)[] s_header = [(16, 2), (18, 2), (20, 4), (40, 8), (52, 2), (58, 2), (60, 2), (62, 2)];

    private static readonly (int At, int Size)[] s_section =
        [(0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8)];

    /// <summary>Changes something once.</summary>
    /// <param name="input">The object.</param>
    /// <param name="other">Another one, parts of which can be taken.</param>
    /// <param name="part">A part of the names of the sections that matter most; empty for all.</param>
    /// <param name="random">What is drawn from.</param>
    public static byte[] Mutate(byte[] input, byte[] other, string part, Random random)
    {
        var sections = Sections(input);
        if (sections.Count == 0 || random.Next(16) == 0)
        {
            return ByteMutator.Mutate(input, other, [], random);
        }
        var copy = input.ToArray();
        var mattering = part.Length > 0 && random.Next(8) > 0
            ? sections.FindAll(section => Name(input, section).Contains(part, StringComparison.Ordinal)) : sections;
        var header = mattering.Count > 0 ? mattering[random.Next(mattering.Count)] : sections[random.Next(sections.Count)];
        switch (random.Next(10))
        {
            case 0:
                Change(copy, s_header[random.Next(s_header.Length)], random);
                return copy;
            case 1 or 2:
                var field = s_section[random.Next(s_section.Length)];
                Change(copy, (header + field.At, field.Size), random);
                return copy;
            case 3: // one section's place or kind for another's
                var from = sections[random.Next(sections.Count)];
                var taken = s_section[random.Next(s_section.Length)];
                copy.AsSpan(from + taken.At, taken.Size).CopyTo(copy.AsSpan(header + taken.At));
                return copy;
            default:
                return WithChangedContent(copy, header, other, random);
        }
    }

    private static byte[] WithChangedContent(byte[] copy, int header, byte[] other, Random random)
    {
        var (offset, size) = (Long(copy, header + OffsetAt), Long(copy, header + SizeAt));
        if (BinaryPrimitives.ReadUInt32LittleEndian(copy.AsSpan(header + 4)) == NoBytes || size <= 0 || offset < 0 || offset > copy.Length
            || size > copy.Length - offset)
        {
            Change(copy, (header + SizeAt, 8), random);
            return copy;
        }
        var content = copy.AsSpan((int)offset, (int)size).ToArray();
        var name = Name(copy, header);
        var another = Counterpart(other, name);
        var changed = name == ".BTF" ? BtfMutator.Mutate(content, another, random)
            : random.Next(3) == 0 ? Entries(content, EntrySize(name), random)
            : ByteMutator.Mutate(content, another, [], random);
        if (changed.Length == content.Length)
        {
            changed.CopyTo(copy.AsSpan((int)offset));
            return copy;
        }
        // What has another length goes to the end of the file, and its header says so.
        var start = (copy.Length + 7) & ~7;
        BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(header + OffsetAt), start);
        BinaryPrimitives.WriteInt64LittleEndian(copy.AsSpan(header + SizeAt), changed.Length);
        return [.. copy, .. new byte[start - copy.Length], .. changed];
    }

    // An entry of a table in place of another, so that all its numbers are good but where they stand.
    private static byte[] Entries(byte[] content, int entrySize, Random random)
    {
        var count = content.Length / entrySize;
        if (count > 1)
        {
            content.AsSpan(random.Next(count) * entrySize, entrySize).ToArray().CopyTo(content.AsSpan(random.Next(count) * entrySize));
        }
        return content;
    }

    private static int EntrySize(string name) => name == ".symtab" ? 24 : name.StartsWith(".rel", StringComparison.Ordinal) ? 16 : 8;

    private static void Change(byte[] copy, (int At, int Size) field, Random random)
    {
        var bytes = copy.AsSpan(field.At, field.Size);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        number.Clear();
        bytes.CopyTo(number);
        var value = BinaryPrimitives.ReadUInt64LittleEndian(number);
        value = random.Next(4) switch
        {
            0 => value + (ulong)random.Next(-8, 9),
            1 => value ^ (1ul << random.Next(field.Size * 8)),
            2 => (ulong)random.Next(copy.Length + 1), // a place in the file
            _ => ByteMutator.Number(random),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        number[..field.Size].CopyTo(bytes);
    }

    /// <summary>The content of the section with this name in another file; empty if there is none.</summary>
    private static byte[] Counterpart(byte[] other, string name)
    {
        foreach (var header in Sections(other))
        {
            var (offset, size) = (Long(other, header + OffsetAt), Long(other, header + SizeAt));
            if (Name(other, header) == name && offset >= 0 && size >= 0 && offset <= other.Length && size <= other.Length - offset)
            {
                return other.AsSpan((int)offset, (int)size).ToArray();
            }
        }
        return [];
    }

    /// <summary>Where the section headers are that are within the file.</summary>
    private static List<int> Sections(byte[] file)
    {
        var sections = new List<int>();
        if (file.Length >= HeaderSize && Long(file, SectionsAt) is >= 0 and var start && start < file.Length)
        {
            var count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(CountAt));
            for (var at = (int)start; sections.Count < count && at + SectionSize <= file.Length; at += SectionSize)
            {
                sections.Add(at);
            }
        }
        return sections;
    }

    private static string Name(byte[] file, int header)
    {
        var sections = Sections(file);
        var names = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(NamesAt));
        if (names >= sections.Count)
        {
            return "";
        }
        var at = Long(file, sections[names] + OffsetAt) + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(header));
        if (at < 0 || at >= file.Length)
        {
            return "";
        }
        var rest = file.AsSpan((int)at);
        return Encoding.UTF8.GetString(rest[..Math.Max(0, rest.IndexOf((byte)0))]);
    }

    private static long Long(byte[] file, int at) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
}
