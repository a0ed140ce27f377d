namespace BpfPS.Stacks;

/// <summary>All adjacent regions that a process maps from one file; libdw calls this a module.</summary>
/// <param name="First">The region at the lowest address.</param>
/// <param name="End">The address after the last region.</param>
internal sealed record MappedFile(MappedRegion First, ulong End)
{
    public ulong Start => First.Start;

    /// <summary>A name that changes if another file is mapped at the same place, so that libdw forgets the old one.</summary>
    public string Identity => $"{First.Device:x}:{First.Inode}:{First.Path}";
}
