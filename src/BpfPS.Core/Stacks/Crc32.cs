using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Stacks;

/// <summary>The checksum with which a file identifies its separate debug information (.gnu_debuglink): CRC-32 as in zlib.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of a whole file; null if it cannot be read.</summary>
    public static uint? OfFile(SafeFileHandle file)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            var state = uint.MaxValue;
            long offset = 0;
            for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
            {
                state = Add(state, buffer.AsSpan(0, read));
            }
            return ~state;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => ~Add(uint.MaxValue, data);

    private static uint Add(uint state, ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            state = Table[(byte)(state ^ value)] ^ (state >> 8);
        }
        return state;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ Polynomial;
            }
            table[i] = value;
        }
        return table;
    }
}
