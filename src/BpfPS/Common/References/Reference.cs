namespace BpfPS.Commands;

/// <summary>A thing that a user named.</summary>
/// <param name="Thing">The thing.</param>
/// <param name="Target">What the user named: a name, an id, a path or an object. Errors are about this.</param>
/// <param name="IsExplicit">
/// Whether the user named this one thing, rather than a wildcard that it matches, a directory that it is pinned in, or an
/// object that it belongs to. Only then is it an error when the cmdlet has no use for it.
/// </param>
internal sealed record Reference<T>(T Thing, object Target, bool IsExplicit) where T : class;
