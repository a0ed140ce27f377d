using System.Globalization;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Links;

/// <summary>The function that a tracing program is attached to, which the kernel tells as a number in some BTF.</summary>
internal static class TracingTarget
{
    private const uint Replace = 0; // freplace programs have no kind of attachment of their own
    private const string KernelBlob = "vmlinux";
    private const string HookPrefix = "bpf_lsm_";

    /// <summary>The function's name where it can be found, and the program whose function it is; null for the kernel's own.</summary>
    public static (string? Function, uint? ProgramId) Of(LinkInfo info)
    {
        // The object's id is a program's for freplace, and for a program that traces another one; otherwise it is that of kernel types.
        var ofProgram = info.TracingAttachType == Replace || KernelObjects.BtfName(info.TracingTargetObjectId).Length == 0;
        return ofProgram ? (InProgram(info.TracingTargetObjectId, info.TracingTargetBtfId), info.TracingTargetObjectId)
            : (InBlob(info.TracingTargetObjectId, info.TracingTargetBtfId), null);
    }

    /// <summary>The function that a loaded program was made for: the hook of an LSM program.</summary>
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
            // A module's types count on from the kernel's, and stand in a blob of their own.
            return string.Create(CultureInfo.InvariantCulture, $"function {type} of module {name}");
        }
        // An LSM program is attached to a function that stands for the hook; sections and -Target have the hook's own name.
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
