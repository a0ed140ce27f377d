using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using BpfPS.Btf;
using BpfPS.Host;
using BpfPS.Native;
using BpfPS.Records;

namespace BpfPS.TestRuns;

/// <summary>The context of a test run: bytes for the kernel, and an object for the user.</summary>
internal sealed class TestRunContext
{
    private const int Arguments = 12; // MAX_BPF_FUNC_ARGS, the limit for a tracepoint

    private TestRunContext(byte[] bytes, StructShape? shape, int fullSize)
    {
        Bytes = bytes;
        Shape = shape;
        FullSize = fullSize;
    }

    /// <summary>The bytes for the kernel.</summary>
    public byte[] Bytes { get; }

    /// <summary>The struct; null if it is unknown.</summary>
    public StructShape? Shape { get; }

    /// <summary>
    /// The size of the whole struct in bytes, which the kernel returns even for a shorter input; 0 if the struct
    /// is unknown.
    /// </summary>
    public int FullSize { get; }

    /// <summary>Encodes a context.</summary>
    /// <param name="program">The program.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <param name="kind">The input of its type.</param>
    /// <param name="given">The user's context, or null.</param>
    /// <param name="dataLength">The length of the packet.</param>
    /// <returns>The context; null for none.</returns>
    /// <exception cref="BpfException">The context does not fit.</exception>
    public static TestRunContext? Encode(BpfProgram program, FileDescriptor fd, TestRunKind kind, object? given, int dataLength)
    {
        if (kind.TakesArguments)
        {
            return new TestRunContext(EncodeArguments(given), null, 0);
        }
        var shape = kind.Context is { } name
            ? ShapeOf(KernelBtf.Kernel, KernelBtf.Kernel.Find<BtfComposite>(name)?.Id)
            : kind.HasOwnContext ? OwnShape(program, fd) : null;
        if (given is byte[] bytes)
        {
            // A copy, because the kernel writes into it.
            return new TestRunContext([.. bytes], shape is not null && shape.Size == bytes.Length ? shape : null, (int)(shape?.Size ?? 0));
        }
        if (given is null && (shape is null || kind.IsContextOptional))
        {
            return null;
        }
        if (shape is null)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, kind.HasOwnContext
                ? $"The context type of '{VisibleText.Escape(program.Name)}' is unknown: it has no BTF, or its parameter is not a struct"
                    + " pointer."
                : $"A test run of a program of type {program.Type} does not take a context.",
                kind.HasOwnContext ? "Specify the context as a byte array." : BpfRemedy.With($"Remove {BpfOption.Context}."));
        }
        var encoded = new byte[shape.Size];
        if (given is not null)
        {
            using var context = new EncodeContext();
            ValueEncoder.Encode(shape, $"struct {shape.Name}", given, encoded, context);
        }
        if (kind.Context == "xdp_md" && shape.Fields.FirstOrDefault(field => field.Name == "data_end") is { } end
            && encoded.AsSpan((int)end.Offset, 4) is var place && BitConverter.ToUInt32(place) == 0)
        {
            BitConverter.TryWriteBytes(place, dataLength); // the kernel rejects any other number
        }
        return new TestRunContext(encoded, shape, encoded.Length);
    }

    /// <summary>Turns a struct's bytes into an object.</summary>
    // unsafe: there are as many bytes as the context's struct has, and they are pinned while they are read.
    public static unsafe object? Decode(StructShape? shape, ReadOnlySpan<byte> bytes)
    {
        if (shape is null || bytes.Length < shape.Size)
        {
            return null;
        }
        fixed (byte* pointer = bytes)
        {
            return RecordClasses.ForStruct(shape).Decode((nint)pointer, 0, bytes.Length);
        }
    }

    /// <summary>The shape of a struct; null without one.</summary>
    public static StructShape? ShapeOf(BtfTypes types, uint? id) =>
        id is { } known ? new ShapeBuilder(types).StructOrScalar(known, "value") : null;

    /// <summary>The struct that the program's first parameter points to.</summary>
    private static StructShape? OwnShape(BpfProgram program, FileDescriptor fd)
    {
        var function = KernelObjects.GetMainFunctionTypeId(fd);
        return program.BtfId != 0 && function != 0 && KernelBtf.TryGet(program.BtfId) is { } types
            && types[function] is BtfReference { Kind: BtfKind.Function } main
            && types[main.Target] is BtfFunctionPrototype { Parameters: [var parameter, ..] }
            && types.Resolve(parameter.Value) is BtfReference { Kind: BtfKind.Pointer } pointer
            && types.Resolve(pointer.Target) is BtfComposite composite
            ? ShapeOf(types, composite.Id)
            : null;
    }

    private static byte[] EncodeArguments(object? given)
    {
        if (given is byte[] bytes)
        {
            return bytes;
        }
        var encoded = new byte[Arguments * sizeof(ulong)];
        var numbers = given switch
        {
            null => [],
            IDictionary or string => throw Misfit(),
            IEnumerable list => list.Cast<object?>().ToArray(),
            _ => [given],
        };
        if (numbers.Length > Arguments)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"A tracepoint has at most {Arguments} arguments, but the context has {numbers.Length}.", "Specify fewer numbers.");
        }
        for (var i = 0; i < numbers.Length; i++)
        {
            try
            {
                var number = NumberEncoder.Integer(numbers[i] ?? 0, "argument", null);
                var bits = number < 0 ? (ulong)(long)number : (ulong)number;
                BinaryPrimitives.WriteUInt64LittleEndian(encoded.AsSpan(i * sizeof(ulong)), bits);
            }
            catch (OverflowException e)
            {
                throw new BpfException(BpfErrorKind.InvalidArgument,
                    string.Create(CultureInfo.InvariantCulture, $"{numbers[i]} does not fit in 64 bits."), "Specify a smaller number.",
                    inner: e);
            }
        }
        return encoded;

        static BpfException Misfit() =>
            new(BpfErrorKind.InvalidArgument, "The context of a raw_tracepoint program must be the list of its arguments, as numbers.",
                BpfRemedy.With($"Write {BpfOption.Context} 1, 2, 3."));
    }
}
