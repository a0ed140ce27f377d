using System.ComponentModel;
using System.Runtime.InteropServices;

namespace BpfPS.Kernel.Tests.Support;

/// <summary>What the kernel tells of a link, by libbpf without BpfPS: older versions of bpftool do not show all of it.</summary>
internal static partial class LinkInformation
{
    // struct bpf_link_info: type, id and prog_id, and what there is to say of the type from 16 on.
    private const int TargetObject = 20; // tracing.target_obj_id
    private const int Count = 24; // kprobe_multi.count

    /// <summary>The program, or the BTF of the kernel or a module, that has the function to which a link of tracing is attached.</summary>
    public static uint TargetObjectId(uint link) => Read(link, TargetObject);

    /// <summary>How many functions a link of many kprobes has. The kernel tells since Linux 6.6.</summary>
    public static uint FunctionCount(uint link) => Read(link, Count);

    private static uint Read(uint link, int offset)
    {
        var descriptor = bpf_link_get_fd_by_id(link);
        if (descriptor < 0)
        {
            throw new Win32Exception(-descriptor);
        }
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        var information = new byte[256];
        var length = information.Length;
        var result = bpf_obj_get_info_by_fd(descriptor, information, ref length);
        if (result < 0)
        {
            throw new Win32Exception(-result);
        }
        Assert.Equal(link, BitConverter.ToUInt32(information, sizeof(uint)));
        return BitConverter.ToUInt32(information, offset);
    }

    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_link_get_fd_by_id(uint id);

    [LibraryImport("libbpf.so.1")]
    private static partial int bpf_obj_get_info_by_fd(int descriptor, byte[] information, ref int length);
}
