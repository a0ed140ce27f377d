using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>Finds the function that a tracing program is attached to, which the kernel reports as a BTF type id.</summary>
internal static class TracingTarget
{
    private const uint Replace = 0; // freplace programs have no attach type of their own
    private const string KernelBlob = "vmlinux";
    private const string HookPrefix = "bpf_lsm_";

    /// <summary>The function's name, null if it cannot be found; and the program that has the function, null for the kernel.</summary>
    public static (string? Function, uint? ProgramId) Of(LinkInfo info)
    {
        // For freplace and for programs that trace another program, the object id is a program's id; otherwise it is a BTF id.
        var ofProgram = info.TracingAttachType == Replace || KernelObjects.BtfName(info.TracingTargetObjectId).Length == 0;
        return ofProgram ? (InProgram(info.TracingTargetObjectId, info.TracingTargetBtfId), info.TracingTargetObjectId)
            : (InBlob(info.TracingTargetObjectId, info.TracingTargetBtfId), null);
    }

    /// <summary>The function that a loaded program was built for: the hook of an LSM program.</summary>
    public static string? OfProgram(uint programId)
    {
        try
        {
            using var fd = KernelObjects.OpenProgram(programId);
            var info = KernelObjects.GetProgramInfo(fd);
            return info.AttachBtfId == 0 ? null : InBlob(info.AttachBtfObjectId, info.AttachBtfId);
        }
        catch (BpfException)
        {
            return null;
        }
    }

    private static string? InBlob(uint blob, uint type)
    {
        var name = KernelObjects.BtfName(blob);
        if (name != KernelBlob)
        {
            // A module's types are numbered after the kernel's and are in a separate blob.
            return string.Create(CultureInfo.InvariantCulture, $"function {type} of module {name}");
        }
        // An LSM program is attached to a function with a prefix; sections and -Target use the hook's name without it.
        var function = type < KernelBtf.Kernel.Count ? KernelBtf.Kernel[type].Name : null;
        return function?.StartsWith(HookPrefix, StringComparison.Ordinal) == true ? function[HookPrefix.Length..] : function;
    }

    private static string? InProgram(uint program, uint type)
    {
        try
        {
            using var fd = KernelObjects.OpenProgram(program);
            return KernelBtf.TryGet(KernelObjects.GetProgramInfo(fd).BtfId) is { } types && type < types.Count ? types[type].Name : null;
        }
        catch (BpfException)
        {
            return null;
        }
    }
}
