namespace BpfPS;

/// <summary>Whether an entry to write must, may or must not exist already (BPF_ANY, BPF_NOEXIST, BPF_EXIST).</summary>
public enum BpfUpdateMode
{
    /// <summary>Create the entry or replace an existing one.</summary>
    Any = 0,
    /// <summary>The entry must not exist yet.</summary>
    NoExist = 1,
    /// <summary>The entry must exist.</summary>
    Exist = 2,
}
