using System.Globalization;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>
/// The options of attaching, from a cmdlet's parameters of the same name. An option stands in two places: in
/// <see cref="BpfAttachOptions"/>, where the hooks that take it name it, and as a parameter of the cmdlet.
/// </summary>
internal static class AttachParameters
{
    /// <summary>The options that a cmdlet was given.</summary>
    /// <param name="invocation">The cmdlet's call.</param>
    /// <exception cref="BpfException">A map or program that is referred to does not exist.</exception>
    public static BpfAttachOptions Of(InvocationInfo invocation)
    {
        var options = new BpfAttachOptions();
        foreach (var (name, property) in BpfAttachOptions.Parameters)
        {
            if (invocation.BoundParameters.TryGetValue(name, out var value) && value is not null)
            {
                property.SetValue(options, Converted(value, property.PropertyType));
            }
        }
        return options;
    }

    private static object? Converted(object value, Type type) => value switch
    {
        ProgramReference program => program.Resolve().Id,
        MapReference map => map.NameInFile(),
        _ when type.IsGenericType
            && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
            LanguagePrimitives.ConvertTo(value, type.GetGenericArguments()[0].MakeArrayType(), CultureInfo.InvariantCulture),
        _ => LanguagePrimitives.ConvertTo(value, type, CultureInfo.InvariantCulture),
    };
}
