namespace BpfPS.Native;

/// <summary>What a failed call was to do with a path.</summary>
internal enum FileUse
{
    /// <summary>Open it for reading.</summary>
    Read,
    /// <summary>Open it for reading and writing.</summary>
    ReadWrite,
    /// <summary>List a directory.</summary>
    List,
    /// <summary>Create, replace or remove the name in its directory.</summary>
    Name,
    /// <summary>Change its owner.</summary>
    Own,
    /// <summary>Change its mode.</summary>
    Mode,
}
