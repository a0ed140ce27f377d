namespace BpfPS;

/// <summary>What a feature is a feature of.</summary>
public enum BpfFeatureCategory
{
    /// <summary>A type of program: whether the kernel loads one.</summary>
    ProgramType,
    /// <summary>A type of map: whether the kernel makes one.</summary>
    MapType,
    /// <summary>A way to attach a program.</summary>
    AttachType,
    /// <summary>A kind of link, the kernel's object for an attachment.</summary>
    LinkType,
    /// <summary>A helper function: in the kernel at all, or for one type of program.</summary>
    Helper,
    /// <summary>A kernel function that programs may call (kfunc).</summary>
    KernelFunction,
    /// <summary>What the verifier and the instruction set allow.</summary>
    Verifier,
    /// <summary>Type information of the kernel.</summary>
    Btf,
    /// <summary>libbpf itself, and what newer versions of it have.</summary>
    LibBpf,
    /// <summary>A capability of this process.</summary>
    Capability,
    /// <summary>What restricts everybody: lockdown, security modules.</summary>
    Security,
    /// <summary>A setting of the running kernel (sysctl).</summary>
    Setting,
    /// <summary>A file system that BPF uses, and where it is mounted.</summary>
    FileSystem,
    /// <summary>An option that the kernel was built with.</summary>
    KernelConfiguration,
    /// <summary>An object file: whether it loads as a whole.</summary>
    Object,
}
