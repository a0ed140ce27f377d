namespace BpfPS.Maps;

/// <summary>What user space can do with a map's entries.</summary>
[Flags]
internal enum MapOperations
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Walk over the keys.</summary>
    List = 1,
    /// <summary>Read the value of a key; the next one of a queue or stack; whether a value is in a bloom filter.</summary>
    Lookup = 2,
    /// <summary>Write an entry.</summary>
    Update = 4,
    /// <summary>Delete an entry.</summary>
    Delete = 8,
    /// <summary>Read and delete an entry in one step.</summary>
    Take = 16,
}
