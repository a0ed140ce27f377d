using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>Owns a struct btf.</summary>
internal sealed unsafe class BtfHandle : SafeHandle
{
    public BtfHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;

    /// <summary>A copy of the raw bytes of a struct btf.</summary>
    public static byte[] Copy(nint btf)
    {
        var data = LibBpf.btf__raw_data(btf, out var size);
        return data == 0 ? [] : new ReadOnlySpan<byte>((void*)data, (int)size).ToArray();
    }

    /// <summary>The raw bytes of a file's types and of its section .BTF.ext; null for what it does not have.</summary>
    public static (byte[]? Types, byte[]? Extension) ReadFile(string path)
    {
        using var btf = new BtfHandle(LibBpf.btf__parse_with_extension(path, out var extension));
        if (btf.IsInvalid || extension == 0)
        {
            return (btf.IsInvalid ? null : btf.ToArray(), null);
        }
        try
        {
            var data = LibBpf.btf_ext__get_raw_data(extension, out var size);
            return (btf.ToArray(), data == 0 ? null : new ReadOnlySpan<byte>((void*)data, (int)size).ToArray());
        }
        finally
        {
            LibBpf.btf_ext__free(extension);
        }
    }

    public byte[] ToArray() => Copy(handle);

    protected override bool ReleaseHandle()
    {
        LibBpf.btf__free(handle);
        return true;
    }
}
