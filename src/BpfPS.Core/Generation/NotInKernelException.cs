namespace BpfPS.Generation;

/// <summary>
/// Says why a part of a filter cannot be decided in the kernel. It ends the translation of that part, and nobody else sees it.
/// </summary>
/// <param name="reason">The reason, to follow the part's text and a colon.</param>
internal sealed class NotInKernelException(string reason) : Exception(reason);
