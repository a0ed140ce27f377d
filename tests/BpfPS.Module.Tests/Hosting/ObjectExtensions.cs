namespace BpfPS.Module.Tests.Hosting;

/// <summary>Looks at objects as a script does: by the names of their properties.</summary>
internal static class ObjectExtensions
{
    /// <summary>A property's value.</summary>
    public static object? Get(this PSObject item, string property)
    {
        var found = item.Properties[property];
        Assert.True(found is not null,
            $"{item.BaseObject.GetType()} has no property {property}; it has {string.Join(", ", item.Properties.Select(p => p.Name))}");
        return found.Value is PSObject wrapped ? wrapped.BaseObject : found.Value;
    }

    /// <summary>A property's value as a type.</summary>
    public static T Get<T>(this PSObject item, string property) => Assert.IsAssignableFrom<T>(item.Get(property));

    /// <summary>One property of each object.</summary>
    public static IEnumerable<T> Select<T>(this IEnumerable<PSObject> items, string property) =>
        items.Select(item => item.Get<T>(property)).ToArray();

    /// <summary>One property of an object that is not wrapped.</summary>
    public static object? Property(this object item, string property) => PSObject.AsPSObject(item).Get(property);
}
