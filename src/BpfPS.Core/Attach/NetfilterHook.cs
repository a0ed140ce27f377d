using System.Globalization;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs of a netfilter hook. libbpf supports the section as of 1.3; BpfPS supports it with older versions too.</summary>
internal sealed class NetfilterHook : ProgramHook
{
    private const string Section = "netfilter";

    private static readonly string[] s_hooks = ["prerouting", "input", "forward", "output", "postrouting"];
    private static readonly Dictionary<string, uint> s_families = new(StringComparer.OrdinalIgnoreCase) { ["ipv4"] = 2, ["ipv6"] = 10 };

    /// <summary>The names of all hooks.</summary>
    public static IReadOnlyList<string> Names { get; } = s_families.Keys.SelectMany(family => s_hooks.Select(hook => $"{family}/{hook}"))
        .ToArray();

    public override bool Takes(ProgramToAttach program) => program.Section == Section;

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) => ["Hook", "Priority"];

    public override void Check(ProgramToAttach program) => Parse(program);

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var (family, hook) = Parse(program);
        // The kernel reserves the lowest and the highest priority. -1 is just before the filter table, which has 0.
        var priority = program.Options.Priority ?? -1;
        var result = program.CreateLink(0, fill: request =>
            request with { AttachType = AttachTypes.Netfilter, ProtocolFamily = family, HookNumber = hook, Priority = priority });
        yield return result >= 0 ? new DescriptorAttachment(new FileDescriptor(result))
            : throw HookErrors.From(program, result,
                string.Create(CultureInfo.InvariantCulture, $"netfilter hook {program.Options.Hook} with priority {priority}"));
    }

    private static (uint Family, uint Hook) Parse(ProgramToAttach program)
    {
        if (program.Options.Hook is not { } text)
        {
            throw program.Missing("netfilter hook", BpfRemedy.With($"Specify one with {BpfOption.Hook}: {string.Join(", ", Names)}."));
        }
        return text.Split('/') is [var family, var hook] && s_families.TryGetValue(family, out var number)
            && Array.FindIndex(s_hooks, name => name.Equals(hook, StringComparison.OrdinalIgnoreCase)) is var index and >= 0
            ? (number, (uint)index) : throw HookNames.Missing(program.Operation, "netfilter hook", text, Names);
    }
}
