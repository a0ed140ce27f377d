namespace BpfPS.Stacks;

/// <summary>All of the neighbouring regions that a process maps from one file: what libdw calls a module.</summary>
/// <param name="First">The region at the lowest address.</param>
/// <param name="End">The address after the last region.</param>
internal sealed record MappedFile(MappedRegion First, ulong End)
{
    public ulong Start => First.Start;

    /// <summary>A name that changes when another file is mapped at the same place, so that libdw forgets the old one.</summary>
    public string Identity => $"{First.Device:x}:{First.Inode}:{First.Path}";
}
