using BpfPS.Expressions;
using BpfPS.Probes;

namespace BpfPS.Generation;

/// <summary>Functions as programs at their begin and their return.</summary>
internal static class FunctionProbes
{
    private const int Positional = 6; // arguments of functions of which nobody says how many they have

    /// <summary>A function of a program or library.</summary>
    /// <param name="file">The path of the program or library.</param>
    /// <param name="symbol">The function's symbol.</param>
    /// <param name="arguments">Its arguments; null if they are not known.</param>
    /// <param name="result">What it returns; null for nothing, or if that is not known.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe OfUser(string file, string symbol, IReadOnlyList<ProbeArgument>? arguments, ProbeArgument? result,
        uint textBytes)
    {
        var name = ArgumentMembers.Identifier(symbol);
        var known = arguments ?? ByPositions;
        var returned = arguments is null ? AnyResult : result;
        return new TracedProbe(name, $"uretprobe/{file}:{symbol}", types =>
        {
            var members = new ArgumentMembers(types, name, textBytes);
            return
            [
                .. known.SelectMany((argument, i) =>
                    WithText(members.Of(argument, new SavedValue(i), null),
                        new TextSource(new SavedValue(i), IsOfUser: true), types, textBytes)),
                .. returned is null ? []
                    : WithText(members.Of(returned, FunctionRegisters.Result, null),
                        new TextSource(FunctionRegisters.Result, IsOfUser: true), types, textBytes),
                new TracedMember("duration", types.Duration, sizeof(ulong), sizeof(ulong), new DurationSource()),
            ];
        })
        {
            EntrySection = $"uprobe/{file}:{symbol}",
            Saved = [.. known.Select(argument => FunctionRegisters.Argument((int)argument.Offset))],
            Frame = FunctionRegisters.Frame,
        };
    }

    /// <summary>A function of the kernel with fentry and fexit, which have its arguments by their types.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">All of its arguments.</param>
    /// <param name="result">What it returns; null for nothing.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe OfKernelTyped(string function, IReadOnlyList<ProbeArgument> arguments, ProbeArgument? result,
        uint textBytes) =>
        OfKernel(function, $"fentry/{function}", $"fexit/{function}", arguments, result, null, [], textBytes);

    /// <summary>A function of the kernel with kprobe and kretprobe.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">Its arguments, as far as they are in registers; null if they are not known.</param>
    /// <param name="result">What it returns; null for nothing, or if that is not known.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe OfKernel(string function, IReadOnlyList<ProbeArgument>? arguments, ProbeArgument? result, uint textBytes) =>
        OfKernel(function, $"kprobe/{function}", $"kretprobe/{function}", arguments ?? ByPositions, arguments is null ? AnyResult : result,
            FunctionRegisters.Result, [.. (arguments ?? ByPositions).Select(argument => FunctionRegisters.Argument((int)argument.Offset))],
            textBytes);

    /// <summary>Many functions of the kernel with one program (kprobe.multi), which knows their arguments by their places.</summary>
    /// <param name="pattern">What the user wrote.</param>
    /// <param name="functions">Their names.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe OfKernelAtOnce(string pattern, IReadOnlyList<string> functions, uint textBytes) =>
        OfKernel("functions", $"kprobe.multi/{pattern}", $"kretprobe.multi/{pattern}", ByPositions, AnyResult, FunctionRegisters.Result,
            [.. ByPositions.Select(argument => FunctionRegisters.Argument((int)argument.Offset))], textBytes) with
        {
            Functions = functions,
            Attachment = new BpfAttachOptions { Functions = functions },
        };

    private static ProbeArgument[] ByPositions { get; } = [.. Enumerable.Range(0, Positional).Select(ByPosition)];

    private static ProbeArgument AnyResult { get; } = new("ret", "long", ArgumentKind.Number, 0, sizeof(long)) { IsSigned = true };

    /// <summary>
    /// What is the same whichever way it is attached. Without arguments that are saved when it begins, the context has all of them when it
    /// returns, and the result behind them.
    /// </summary>
    private static TracedProbe OfKernel(string function, string entry, string exit, IReadOnlyList<ProbeArgument> arguments,
        ProbeArgument? result, ProbeValue? returned, IReadOnlyList<ProbeValue> saved, uint textBytes)
    {
        var name = ArgumentMembers.Identifier(function);
        return new TracedProbe(name, exit, types =>
        {
            var members = new ArgumentMembers(types, name, textBytes);
            return
            [
                .. arguments.SelectMany((argument, i) => Members(argument,
                    saved.Count > 0 ? new SavedValue(i) : new ContextValue((int)argument.Offset * sizeof(ulong), sizeof(ulong)))),
                .. result is null ? []
                    : Members(result, returned ?? new ContextValue((int)result.Offset * sizeof(ulong), sizeof(ulong))),
                new TracedMember("duration", types.Duration, sizeof(ulong), sizeof(ulong), new DurationSource()),
            ];

            IEnumerable<TracedMember> Members(ProbeArgument argument, ProbeValue value)
            {
                var member = members.Of(argument, value, null);
                // Kernels that say of pointers whether they are the process's are few.
                return argument.Kind == ArgumentKind.KernelText ? [member with { Source = new EitherTextSource(value) }]
                    : WithText(member, new EitherTextSource(value), types, textBytes);
            }
        })
        {
            EntrySection = entry,
            Saved = saved,
            Frame = (new KnownValue(0), new KnownValue(0)), // a thread is in several functions at once, and in each of them once
        };
    }

    /// <summary>A USDT probe of a program or library.</summary>
    /// <param name="file">The path of the program or library.</param>
    /// <param name="provider">The probe's provider.</param>
    /// <param name="probe">The probe's name.</param>
    /// <param name="arguments">Its arguments: their sizes in bytes, whether they have signs, and where they are.</param>
    /// <param name="textBytes">The room for each text, in bytes.</param>
    public static TracedProbe OfUsdt(string file, string provider, string probe,
        IReadOnlyList<(int Size, bool IsSigned, ProbeValue Value)> arguments, uint textBytes)
    {
        var name = ArgumentMembers.Identifier($"{provider}_{probe}");
        return new TracedProbe(name, $"uprobe/{file}:{probe}", types =>
        [
            .. arguments.SelectMany((argument, i) =>
                WithText(Member(argument, i, types), new TextSource(argument.Value, IsOfUser: true), types, textBytes)),
        ]);

        static TracedMember Member((int Size, bool IsSigned, ProbeValue Value) argument, int i, EventTypes types)
        {
            var size = (uint)argument.Size;
            return new TracedMember($"arg{i}", argument.IsSigned ? types.Signed(size) : types.Unsigned(size), size, size,
                new ValueSource(argument.Value));
        }
    }

    /// <summary>An argument of which only the place is known.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static ProbeArgument ByPosition(int index) =>
        new($"arg{index}", "unsigned long", ArgumentKind.Number, (uint)index, sizeof(ulong));

    /// <summary>A member and, if it can be an address, the text at that address, for who asks for it.</summary>
    /// <param name="member">The member.</param>
    /// <param name="text">Where the text comes from.</param>
    /// <param name="types">The types of the object.</param>
    /// <param name="textBytes">The room for the text, in bytes.</param>
    private static IEnumerable<TracedMember> WithText(TracedMember member, MemberSource text, EventTypes types, uint textBytes)
    {
        yield return member;
        if (member is { Size: sizeof(ulong), Align: sizeof(ulong) })
        {
            yield return new TracedMember(member.Name + RecordPlaces.TextSuffix, types.Text(textBytes), textBytes, 1, text)
            {
                IsOnAsking = true,
            };
        }
    }
}
