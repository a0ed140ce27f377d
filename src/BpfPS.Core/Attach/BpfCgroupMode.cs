namespace BpfPS;

/// <summary>Which programs of the same kind a cgroup and the cgroups below it may have.</summary>
public enum BpfCgroupMode
{
    /// <summary>Any number. All of them run, and so do those of the cgroups above. Attached with a link.</summary>
    Multi,

    /// <summary>Only this one; a cgroup below may override it with its own (BPF_F_ALLOW_OVERRIDE).</summary>
    Override,

    /// <summary>Only this one; cgroups below may not have their own.</summary>
    Single,
}
