namespace BpfPS;

/// <summary>The status of a stack.</summary>
public enum BpfStackStatus
{
    /// <summary>The kernel walked the stack, and its addresses are known.</summary>
    Walked,

    /// <summary>The kernel could not walk the stack: the helper returned -EFAULT.</summary>
    NotWalked,

    /// <summary>Another stack already had its slot in the stack map: the helper returned -EEXIST.</summary>
    LostToCollision,

    /// <summary>The stack map has no entry with this id, or no longer has one.</summary>
    NotFound,

    /// <summary>The program did not record this stack.</summary>
    NotTaken,

    /// <summary>The helper failed with another error; the reason has the errno.</summary>
    Failed,
}
