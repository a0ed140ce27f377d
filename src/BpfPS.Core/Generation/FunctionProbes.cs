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
        var known = arguments ?? [.. Enumerable.Range(0, Positional).Select(ByPosition)];
        var returned = arguments is null
            ? new ProbeArgument("ret", "long", ArgumentKind.Number, 0, sizeof(long)) { IsSigned = true } : result;
        return new TracedProbe(name, $"uretprobe/{file}:{symbol}", types =>
        {
            var members = new ArgumentMembers(types, name, textBytes);
            return
            [
                .. known.SelectMany((argument, i) =>
                    WithText(members.Of(argument, new SavedValue(i), null), new SavedValue(i), types, textBytes, isOfUser: true)),
                .. returned is null ? []
                    : WithText(members.Of(returned, FunctionRegisters.Result, null), FunctionRegisters.Result, types, textBytes,
                        isOfUser: true),
                new TracedMember("duration", types.Duration, sizeof(ulong), sizeof(ulong), new DurationSource()),
            ];
        })
        {
            EntrySection = $"uprobe/{file}:{symbol}",
            Saved = [.. known.Select(argument => FunctionRegisters.Argument((int)argument.Offset))],
            Frame = FunctionRegisters.Frame,
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
                WithText(Member(argument, i, types), argument.Value, types, textBytes, isOfUser: true)),
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
    /// <param name="value">Its value.</param>
    /// <param name="types">The types of the object.</param>
    /// <param name="textBytes">The room for the text, in bytes.</param>
    /// <param name="isOfUser">Whether it is an address of the current process, not of the kernel.</param>
    public static IEnumerable<TracedMember> WithText(TracedMember member, ProbeValue value, EventTypes types, uint textBytes, bool isOfUser)
    {
        yield return member;
        if (member.Size == sizeof(ulong))
        {
            yield return new TracedMember(member.Name + RecordPlaces.TextSuffix, types.Text(textBytes), textBytes, 1,
                new TextSource(value, isOfUser)) { IsOnAsking = true };
        }
    }
}
