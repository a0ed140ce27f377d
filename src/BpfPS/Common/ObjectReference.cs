using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>What an object without a class of its own stands for: one that came through remoting or a file, or that a pipeline made.</summary>
internal static class ObjectReference
{
    private const string Deserialized = "Deserialized.BpfPS.";

    /// <summary>The program or map that its Path (a pin's) or its Id names. Null when it names none; the id of something else, say, is none.</summary>
    /// <param name="item">The object.</param>
    /// <param name="classes">The classes of this module that it may have had.</param>
    /// <param name="fromPin">Opens a pin.</param>
    /// <param name="fromId">Opens by id.</param>
    /// <exception cref="BpfException">What it names is not there.</exception>
    public static T? Resolve<T>(PSObject item, string[] classes, Func<string, T> fromPin, Func<uint, T> fromId) where T : class =>
        item.BaseObject is not PSCustomObject || item.TypeNames.Any(name => name.StartsWith(Deserialized, StringComparison.Ordinal) && !classes.Contains(name[Deserialized.Length..])) ? null
        : LanguagePrimitives.TryConvertTo<string>(item.Properties["Path"]?.Value, out var path) && path is not null && BpfFileSystem.Mounts.Any(mount => path.StartsWith($"{mount}/", StringComparison.Ordinal)) ? fromPin(path)
        : LanguagePrimitives.TryConvertTo<uint>(item.Properties["Id"]?.Value, out var id) && id != 0 ? fromId(id) : null;
}
