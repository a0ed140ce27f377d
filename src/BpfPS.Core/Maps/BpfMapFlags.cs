namespace BpfPS;

#pragma warning disable CS1591 // The names are the kernel's, without BPF_F_.
#pragma warning disable CA1711 // "Flags" is the kernel's own word.

/// <summary>Flags for creating a map (BPF_F_* in include/uapi/linux/bpf.h).</summary>
[Flags]
public enum BpfMapFlags : uint
{
    None = 0,
    NO_PREALLOC = 1 << 0, NO_COMMON_LRU = 1 << 1, NUMA_NODE = 1 << 2, RDONLY = 1 << 3, WRONLY = 1 << 4, STACK_BUILD_ID = 1 << 5,
    ZERO_SEED = 1 << 6, RDONLY_PROG = 1 << 7, WRONLY_PROG = 1 << 8, CLONE = 1 << 9, MMAPABLE = 1 << 10, PRESERVE_ELEMS = 1 << 11,
    INNER_MAP = 1 << 12, LINK = 1 << 13, PATH_FD = 1 << 14, VTYPE_BTF_OBJ_FD = 1 << 15, TOKEN_FD = 1 << 16, SEGV_ON_FAULT = 1 << 17,
    NO_USER_CONV = 1 << 18,
}
