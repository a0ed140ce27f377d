namespace BpfPS.Compilation;

/// <summary>A directory or a symbolic link that another user could change, so that what is behind it cannot be trusted.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Owner">The id of the user who owns it; null if others can write to it, whoever owns it.</param>
/// <param name="IsLast">Whether it is the directory that was asked for, and not one on the way to it.</param>
internal sealed record ForeignDirectory(string Path, uint? Owner, bool IsLast);
