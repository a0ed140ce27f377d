namespace BpfPS;

/// <summary>The category of a feature.</summary>
public enum BpfFeatureCategory
{
    /// <summary>A program type: whether the kernel loads such programs.</summary>
    ProgramType,
    /// <summary>A map type: whether the kernel creates such maps.</summary>
    MapType,
    /// <summary>An attach type: a way to attach a program.</summary>
    AttachType,
    /// <summary>A link type; a link is the kernel's object for an attachment.</summary>
    LinkType,
    /// <summary>A helper function: whether the kernel has it at all, or for one program type.</summary>
    Helper,
    /// <summary>A kernel function that programs may call (kfunc).</summary>
    KernelFunction,
    /// <summary>A capability of the verifier or the instruction set.</summary>
    Verifier,
    /// <summary>Type information of the kernel.</summary>
    Btf,
    /// <summary>libbpf itself, and functions of its newer versions.</summary>
    LibBpf,
    /// <summary>A capability of this process.</summary>
    Capability,
    /// <summary>A restriction for all users: lockdown, security modules.</summary>
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
