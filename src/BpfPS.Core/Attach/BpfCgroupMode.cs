namespace BpfPS;

/// <summary>Which programs of the same kind a cgroup and those below it may have.</summary>
public enum BpfCgroupMode
{
    /// <summary>Any number; all of them run, those of the cgroups above too. Attached by a link.</summary>
    Multi,

    /// <summary>This one, unless a cgroup below has its own (BPF_F_ALLOW_OVERRIDE).</summary>
    Override,

    /// <summary>This one only; no cgroup below may have its own.</summary>
    Single,
}
