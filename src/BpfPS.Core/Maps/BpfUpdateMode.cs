namespace BpfPS;

/// <summary>What writing an entry expects of the map (BPF_ANY, BPF_NOEXIST, BPF_EXIST).</summary>
public enum BpfUpdateMode
{
    /// <summary>The entry is made or replaced.</summary>
    Any = 0,
    /// <summary>It must not be there yet.</summary>
    NoExist = 1,
    /// <summary>It must be there.</summary>
    Exist = 2,
}
