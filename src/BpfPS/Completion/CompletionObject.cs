using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>The object file that a command line names, for what completes its programs, maps, variables and types.</summary>
internal static class CompletionObject
{
    // Whoever presses Tab waits so long. A source that takes longer goes on being compiled, for the next Tab.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private static readonly ConcurrentDictionary<string, Task<BpfCompilation>> s_compiling = new();

    /// <summary>The first of the files or tools that a bound parameter names; null if it names none that can be read.</summary>
    public static BpfObjectSpec? Of(IDictionary bound) => Names(bound).Select(Of).FirstOrDefault(spec => spec is not null);

    /// <summary>The texts of the bound parameter Name, or of FilePath.</summary>
    public static IEnumerable<string> Names(IDictionary bound) => (bound["Name"] ?? bound["FilePath"]) switch
    {
        string text => [text],
        IEnumerable list => list.OfType<object>().Select(item => PSObject.AsPSObject(item).BaseObject).OfType<string>(),
        _ => [],
    };

    /// <summary>What a tool's file, an object file or a C source holds; null if there is none, or it cannot be read.</summary>
    public static BpfObjectSpec? Of(string name)
    {
        try
        {
            return BpfObjectSpec.Read(ObjectSource.Resolve(name, Resolve, Compile, _ => { }));
        }
        catch (Exception e) when (e is BpfException or OperationCanceledException or RuntimeException or IOException)
        {
            return null;
        }
    }

    /// <exception cref="OperationCanceledException">It takes too long.</exception>
    private static BpfCompilation Compile(string source)
    {
        var compiling = s_compiling.GetOrAdd(source, _ => Task.Run(() =>
        {
            using var ending = new CancellationTokenSource(s_longest);
            return BpfCompiler.Compile(source, cancellation: ending.Token);
        }));
        var isDone = ((IAsyncResult)compiling).AsyncWaitHandle.WaitOne(s_patience);
        if (isDone)
        {
            s_compiling.TryRemove(source, out _); // the source may change
        }
        return isDone ? compiling.GetAwaiter().GetResult() : throw new OperationCanceledException();
    }

    // The session that Tab is pressed in has its own current directory and drives.
    private static string Resolve(string path) => CompletionSession.State.Path.GetUnresolvedProviderPathFromPSPath(path);
}
