namespace BpfPS.Generation;

/// <summary>Reads of a record that the verifier takes wherever the record lies: on the stack they have to be aligned.</summary>
internal static class Aligned
{
    private const uint Most = 4; // what records are aligned to at least

    /// <summary>The number of bytes that can be read at once.</summary>
    /// <param name="offset">Bytes from the start of the record.</param>
    /// <param name="left">The number of bytes that are wanted.</param>
    public static int Size(uint offset, int left)
    {
        var size = (int)Most;
        while (size > left || offset % (uint)size != 0)
        {
            size /= 2;
        }
        return size;
    }

    /// <summary>Writes code that loads a number, in pieces if it is not aligned. It may change the register behind.</summary>
    /// <param name="code">The code.</param>
    /// <param name="to">The register.</param>
    /// <param name="offset">Bytes from the start of the record.</param>
    /// <param name="size">The number's size: 1, 2, 4 or 8 bytes.</param>
    public static void Load(Assembler code, Register to, uint offset, int size)
    {
        if (offset % (uint)size == 0)
        {
            code.Load(to, Register.R6, (int)offset, size);
            return;
        }
        var first = Size(offset, size);
        code.Load(to, Register.R6, (int)offset, first);
        for (var at = first; at < size;)
        {
            var piece = Size(offset + (uint)at, size - at);
            code.Load(to + 1, Register.R6, (int)offset + at, piece);
            code.Calculate(Alu.ShiftLeft, to + 1, 8 * at);
            code.Calculate(Alu.Or, to, to + 1);
            at += piece;
        }
    }
}
