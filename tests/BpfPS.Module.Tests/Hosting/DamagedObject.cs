using System.Buffers.Binary;
using System.Text;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>Object files that are not as they should be.</summary>
internal static class DamagedObject
{
    /// <summary>The first part of a file.</summary>
    public static byte[] CutAt(string path, double part)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[..(int)(bytes.Length * part)];
    }

    /// <summary>A file one of whose sections ends too soon.</summary>
    public static byte[] WithSectionCut(string path, string section, double part)
    {
        var bytes = File.ReadAllBytes(path);
        var size = bytes.AsSpan(Header(bytes, section) + 0x20, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(size, (ulong)(BinaryPrimitives.ReadUInt64LittleEndian(size) * part));
        return bytes;
    }

    /// <summary>A file one of whose sections holds something else.</summary>
    public static byte[] WithSectionFilled(string path, string section, int from, byte value)
    {
        var bytes = File.ReadAllBytes(path);
        var header = Header(bytes, section);
        var offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(header + 0x18));
        var size = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(header + 0x20));
        bytes.AsSpan(offset + from, size - from).Fill(value);
        return bytes;
    }

    /// <summary>Where the header of a section is (Elf64_Shdr).</summary>
    private static int Header(byte[] bytes, string section)
    {
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(0x28));
        var entry = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x3a));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x3c));
        var names = table + entry * BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x3e));
        var text = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(names + 0x18));
        for (var header = table; header < table + count * entry; header += entry)
        {
            var name = bytes.AsSpan(text + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(header)));
            if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == section)
            {
                return header;
            }
        }
        throw new ArgumentException($"There is no section {section}.", nameof(section));
    }
}
