namespace BpfPS;

/// <summary>Shows the stacks of an event or a map entry in a cell of a table.</summary>
public static class StackText
{
    private const int MostFrames = 8; // of each stack; Get-BpfStack shows them all

    private static readonly string[] s_ofTracing = ["bpf_trace_run", "bpf_dispatcher", "bpf_trampoline", "__traceiter_", "__bpf_"];

    /// <summary>
    /// The functions of the stacks, one a line, the innermost first; of several stacks the kernel's own first, each below its member's
    /// name. Empty for stacks that were not taken. When the stacks can no longer be read, their ids are shown.
    /// </summary>
    /// <param name="record">An event or a map entry.</param>
    public static string Lines(BpfRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (Records.RecordClasses.Of(record.GetType()) is not { StackFields: { Count: > 0 } fields })
        {
            return "";
        }
        BpfStack[]? stacks = null;
        try
        {
            using var reader = new BpfStackReader();
            stacks = [.. reader.Read(record)];
        }
        catch (BpfException)
        {
            // The program was stopped meanwhile, or the maps are not for this user to read.
        }
        var shown = fields.Select((field, place) => (field.Name, Lines: stacks is null
                ? Id(record.GetType().GetProperty(field.Name)!.GetValue(record)) : Frames(stacks[place])))
            .Where(one => one.Lines.Length > 0).OrderBy(one => one.Name.StartsWith("user", StringComparison.Ordinal)).ToArray();
        return string.Join('\n', shown.SelectMany(one => shown.Length == 1 ? one.Lines : one.Lines.Prepend($"{one.Name}:")));
    }

    private static string[] Id(object? id) => id is >= 0 ? [$"{id}"] : [];

    private static string[] Frames(BpfStack stack) => stack.Status switch
    {
        BpfStackStatus.NotTaken => [],
        // Most often the CPU was in the program itself.
        BpfStackStatus.NotWalked when stack.Kind == BpfStackKind.Kernel => [],
        BpfStackStatus.Walked => Frames([.. stack.Frames.SkipWhile(IsOfTracing)]),
        var other => [$"({other})"],
    };

    private static string[] Frames(BpfStackFrame[] frames) => [.. frames.Take(MostFrames).Select(Frame),
        .. frames.Length > MostFrames ? [$"... {frames.Length - MostFrames} more"] : Array.Empty<string>()];

    /// <summary>Whether a frame is of the program that took the stack, or of what called it at a tracepoint.</summary>
    private static bool IsOfTracing(BpfStackFrame frame) => frame.Module == "bpf"
        || frame.Function is { } name && Array.Exists(s_ofTracing, part => name.StartsWith(part, StringComparison.Ordinal));

    private static string Frame(BpfStackFrame frame)
    {
        var function = frame.Function is { } name ? VisibleText.Escape(name) : $"0x{frame.Address:x}";
        return frame.Module is null or "vmlinux" ? function : $"{function} {VisibleText.Escape(Path.GetFileName(frame.Module))}";
    }
}
