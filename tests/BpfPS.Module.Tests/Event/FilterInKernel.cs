using System.Reflection;

namespace BpfPS.Module.Tests.Event;

/// <summary>
/// Filters of tests/bpf/filtered.bpf.c, loaded into the kernel and asked there: the program is run with a record as its packet, and its
/// result is what the filter says.
/// </summary>
internal sealed class FilterInKernel : IDisposable
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly string s_path = Repository.TestProgram("filtered");

    private readonly Session _session;
    private readonly Assembly _engine;
    private IDisposable? _started;

    public FilterInKernel(Session session) => (_session, _engine) = (session, Loaded("BpfPS.Core"));

    /// <summary>The parts that the kernel decides, as one script block's text.</summary>
    public string Decided { get; private set; } = "";

    /// <summary>Loads a filter; false if the kernel decides nothing of it.</summary>
    /// <exception cref="TargetInvocationException">The filter is refused everywhere.</exception>
    public bool Load(string filter)
    {
        Dispose();
        var plan = Plan(filter);
        var parts = Parts(plan).Where(part => (bool)Get(part, "IsInKernel"));
        Decided = string.Join(" -and ", parts.Select(part => $"({Get(part, "Text")})"));
        if (Decided.Length == 0)
        {
            return false;
        }
        var options = Activator.CreateInstance(_engine.GetType("BpfPS.BpfStartOptions")!)!;
        options.GetType().GetProperty("Attach")!.SetValue(options, false);
        options.GetType().GetProperty("Linked", Any)!.SetValue(options, Get(plan, "Images"));
        _started = (IDisposable)_engine.GetType("BpfPS.BpfObjectStarter")!.GetMethod("Start")!.Invoke(null, [s_path, options])!;
        if (_started.GetType().GetProperty("LinkedError", Any)!.GetValue(_started) is Exception error)
        {
            throw new InvalidOperationException($"the verifier rejects {{ {filter} }}: {error}\n{Get(error, "Log")}");
        }
        _session.Set("asked", _started);
        return true;
    }

    /// <summary>Where a filter is decided: "kernel", "bytes" if some of it is not decided in the kernel, or "refused".</summary>
    public string Where(string filter)
    {
        try
        {
            return Parts(Plan(filter)).All(part => (bool)Get(part, "IsInKernel")) ? "kernel" : "bytes";
        }
        catch (TargetInvocationException e) when (e.InnerException!.GetType().Name == "BpfException")
        {
            return "refused";
        }
    }

    /// <summary>What the filter says of records.</summary>
    public bool[] Ask(IReadOnlyList<byte[]> records)
    {
        _session.Set("bytes", records);
        return [.. _session.Run("$bytes | ForEach-Object { ($asked.Programs | Invoke-BpfProgram -Data $_).ReturnValue }").Output
            .Select(one => Convert.ToInt64(one.BaseObject, System.Globalization.CultureInfo.InvariantCulture) switch
            {
                0 => false,
                1 => true,
                var other => throw new InvalidOperationException($"the program returned {other}"),
            })];
    }

    public void Dispose()
    {
        _started?.Dispose();
        _started = null;
    }

    private object Plan(string filter)
    {
        var module = Loaded("BpfPS");
        var parse = module.GetType("BpfPS.Commands.FilterParser")!.GetMethod("Parse", Any)!;
        TargetInvocationException? refused = null;
        var condition = _session.InSession(state =>
        {
            try
            {
                return parse.Invoke(null, [ScriptBlock.Create(filter), state])!;
            }
            catch (TargetInvocationException e)
            {
                refused = e;
                return "refused";
            }
        });
        if (refused is not null)
        {
            throw refused;
        }
        var rules = Get(module.GetType("BpfPS.Commands.ScriptRules")!, null, "Instance");
        return _engine.GetType("BpfPS.Generation.FilterPlan")!.GetMethod("Of", Any)!
            .Invoke(null, [s_path, (Func<string, bool>)(_ => true), Array.Empty<string>(), condition, rules])!;
    }

    private static IEnumerable<object> Parts(object plan)
    {
        var split = Get(((System.Collections.IList)Get(plan, "ByMap"))[0]!, "Item2");
        return ((System.Collections.IEnumerable)Get(split, "Parts")).Cast<object>();
    }

    private static Assembly Loaded(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Last(assembly => assembly.GetName().Name == name);

    private static object Get(object of, string name) => Get(of.GetType(), of, name);

    private static object Get(Type type, object? of, string name) => type.GetProperty(name, Any)?.GetValue(of)
        ?? type.GetField(name, Any)!.GetValue(of)!;
}
