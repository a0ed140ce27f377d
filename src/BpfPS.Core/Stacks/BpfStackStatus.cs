namespace BpfPS;

/// <summary>What became of a stack between the kernel and here.</summary>
public enum BpfStackStatus
{
    /// <summary>The kernel walked it and its addresses are here.</summary>
    Walked,

    /// <summary>The kernel could not walk it: the helper returned -EFAULT.</summary>
    NotWalked,

    /// <summary>Another stack already had its place in the stack map: the helper returned -EEXIST.</summary>
    LostToCollision,

    /// <summary>The stack map has no entry of this id, or no longer.</summary>
    NotFound,

    /// <summary>The program did not take this stack.</summary>
    NotTaken,

    /// <summary>The helper failed in another way; the reason has its errno.</summary>
    Failed,
}
