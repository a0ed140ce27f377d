using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace BpfPS.Fuzzing.Targets;

/// <summary>Gives an input to a target, and says whether what came of it is a finding.</summary>
internal static class Attempt
{
    private const long MostBytes = 512 << 20;
    private const int NamedFrames = 2;

    /// <summary>Tries an input.</summary>
    /// <returns>Null if it was used or refused; else a short name for what happened, and all of it.</returns>
    public static (string Kind, string What)? Try(FuzzTarget target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input);
        }
        catch (BpfException)
        {
            // refused
        }
        catch (Exception e)
        {
            return (KindOf(e), e.ToString());
        }
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        return taken <= MostBytes ? null
            : ("too-much-memory", string.Create(CultureInfo.InvariantCulture, $"{taken >> 20} MiB for {input.Length} bytes"));
    }

    /// <summary>The exception and where it is from: those that agree in that are one finding.</summary>
    private static string KindOf(Exception e)
    {
        var frames = new StackTrace(e).GetFrames().Select(frame => frame.GetMethod())
            .Where(method => method?.DeclaringType?.Namespace?.StartsWith("BpfPS", StringComparison.Ordinal) == true).Take(NamedFrames)
            .Select(method => $"{Plain(method!.DeclaringType!)}.{Plain(method)}");
        return string.Join('-', frames.Prepend(e.GetType().Name));
    }

    // What the compiler makes of lambdas and iterators has letters that names of files are better off without.
    private static string Plain(MemberInfo member) => string.Concat(member.Name.Where(char.IsAsciiLetterOrDigit));
}
