using BpfPS.Probes;

namespace BpfPS.Generation;

/// <summary>Tracepoints and system calls as programs.</summary>
internal static class TracepointProbes
{
    // They do not come back: their event is that they begin.
    private static readonly string[] s_withoutReturn = ["exit", "exit_group", "rt_sigreturn", "sigreturn"];

    // What they read is gone when they return, because the process is another one then.
    private static readonly string[] s_replacing = ["execve", "execveat"];

    /// <summary>A tracepoint as a program.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="types">The kernel's types.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe Tracepoint(TracepointFormat format, ProbeTypes types, uint textBytes)
    {
        var name = ArgumentMembers.Identifier(format.Name);
        var arguments = TracepointArguments.Of(format, types);
        return new TracedProbe(name, $"tracepoint/{format.Subsystem}/{format.Name}", known =>
        {
            var members = new ArgumentMembers(known, name, textBytes, types);
            return [.. arguments.Select(argument => format.Subsystem == "raw_syscalls" && argument.Name == "id"
                ? new TracedMember("id", known.SystemCall, 4, 4, new ValueSource(new ContextValue((int)argument.Offset, sizeof(uint))))
                : members.Of(argument, new ContextValue((int)argument.Offset, Width(argument)), (int)argument.Offset))];
        });
    }

    /// <summary>A tracepoint as a program that has its arguments as the kernel's own code has them.</summary>
    /// <param name="name">Its name, without a subsystem.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="types">The kernel's types.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe BtfTracepoint(string name, IReadOnlyList<ProbeArgument> arguments, ProbeTypes types, uint textBytes) =>
        new(ArgumentMembers.Identifier(name), $"tp_btf/{name}", known =>
        {
            var members = new ArgumentMembers(known, ArgumentMembers.Identifier(name), textBytes, types);
            return [.. arguments.Select(argument =>
                members.Of(argument, new ContextValue((int)argument.Offset * sizeof(ulong), sizeof(ulong)), null))];
        });

    /// <summary>A system call as programs at its entry and its return.</summary>
    /// <param name="call">The system call.</param>
    /// <param name="types">The kernel's types.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe SystemCall(SystemCallProbe call, ProbeTypes types, uint textBytes)
    {
        const string section = "tracepoint/" + SystemCallProbe.Subsystem + "/";
        var name = ArgumentMembers.Identifier(call.Name);
        if (s_withoutReturn.Contains(call.Name))
        {
            return new TracedProbe(name, section + call.Entry.Name, known =>
            {
                var members = new ArgumentMembers(known, name, textBytes, types);
                return [.. call.Arguments.Select(argument => members.Of(argument, Value(argument), null))];
            });
        }
        var replaces = s_replacing.Contains(call.Name);
        var text = replaces ? call.Arguments.FirstOrDefault(argument => argument.Kind == ArgumentKind.UserText) : null;
        var list = replaces ? call.Arguments.FirstOrDefault(argument => argument.Kind == ArgumentKind.UserTextList) : null;
        return new TracedProbe(name, section + call.Exit.Name, known =>
        {
            var members = new ArgumentMembers(known, name, textBytes, types);
            var result = new ContextValue((int)call.Result.Offset, sizeof(ulong));
            return
            [
                .. call.Arguments.Select((argument, i) => argument == text
                    ? new TracedMember(argument.Name, known.Text(textBytes), textBytes, 1, new SavedTextSource())
                    : argument == list ? members.Of(argument, new SavedValue(i), null) with { Source = new SavedTextListSource() }
                    : replaces && argument.Kind == ArgumentKind.UserTextList // the environment
                        ? members.Of(argument with { Kind = ArgumentKind.Address }, new SavedValue(i), null)
                    : Length(argument) is { } length ? members.Bytes(argument, new SavedValue(i), length)
                    : members.Of(argument, new SavedValue(i), null)),
                members.Of(call.Result with { Name = "ret" }, result, null),
                new TracedMember("error", known.Errno, sizeof(int), sizeof(int), new ErrnoSource(result)),
                new TracedMember("duration", known.Duration, sizeof(ulong), sizeof(ulong), new DurationSource()),
            ];
        })
        {
            EntrySection = section + call.Entry.Name,
            Saved = [.. call.Arguments.Select(Value)],
            SavedText = text is null ? null : Value(text),
            SavedList = list is null ? null : Value(list),
            IsOfProcess = replaces,
        };

        // What a call fills has as many bytes as it says when it returns.
        ByteCount? Length(ProbeArgument argument)
        {
            var at = Enumerable.Range(0, call.Arguments.Count).FirstOrDefault(i => call.Arguments[i].Name == argument.LengthArgument, -1);
            return argument.Kind != ArgumentKind.UserBytes || at < 0 || call.Arguments[at].Kind != ArgumentKind.Number ? null
                : argument.IsFilled ? new ValueCount(new ContextValue((int)call.Result.Offset, sizeof(ulong)), sizeof(ulong))
                : new ValueCount(new SavedValue(at), (int)call.Arguments[at].Size);
        }

        // Each argument has a place of eight bytes, of whatever size it is.
        static ContextValue Value(ProbeArgument argument) => new((int)argument.Offset, sizeof(ulong));
    }

    private static int Width(ProbeArgument argument) => argument.Size is 1 or 2 or 4 or 8 ? (int)argument.Size : sizeof(uint);
}
