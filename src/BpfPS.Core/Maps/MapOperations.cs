namespace BpfPS.Maps;

/// <summary>Operations of user space on a map's entries.</summary>
[Flags]
internal enum MapOperations
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Iterate over the keys.</summary>
    List = 1,
    /// <summary>Read the value of a key or the next value of a queue or stack, or check whether a bloom filter contains a value.</summary>
    Lookup = 2,
    /// <summary>Write an entry.</summary>
    Update = 4,
    /// <summary>Delete an entry.</summary>
    Delete = 8,
    /// <summary>Read and delete an entry in one step.</summary>
    Take = 16,
}
