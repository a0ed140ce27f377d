using BpfPS.Files;
using BpfPS.Host;
using BpfPS.Native;

namespace BpfPS.Attach;

/// <summary>Programs of a map of sockets (sk_msg, sk_skb): they see the traffic of the sockets in the map.</summary>
internal sealed class SocketMapHook : ProgramHook
{
    public override bool Takes(ProgramToAttach program) => program.Type is "sk_msg" or "sk_skb";

    public override IReadOnlyList<string> Parameters(ProgramToAttach program) =>
        ["Map", .. program.Section == "sk_skb" ? ["Hook"] : Array.Empty<string>()];

    public override void Check(ProgramToAttach program)
    {
        TypeOf(program);
        MapOf(program);
    }

    public override IEnumerable<Attachment> Attach(ProgramToAttach program)
    {
        var map = MapOf(program);
        using var target = FileDescriptor.Duplicate(LibBpf.bpf_map__fd(map));
        // Links to these maps require Linux 6.10.
        var type = TypeOf(program);
        var link = program.CreateLink((uint)target.Number, fill: request => request with { AttachType = type });
        if (link >= 0)
        {
            yield return new DescriptorAttachment(new FileDescriptor(link));
            yield break;
        }
        // The call would silently replace an attached program.
        var result = ProgramQuery.OfDescriptor(target, type).Count > 0 ? -(int)BpfErrno.EBUSY
            : LibBpf.bpf_prog_attach(program.Descriptor, target.Number, (int)type, 0);
        yield return result >= 0 ? ProgramCalls.DetachLater(program, target, type)
            : throw HookErrors.From(program, result, $"map {ObjectFile.Text(LibBpf.bpf_map__name(map))}");
    }

    /// <summary>The attach type: the section determines it, except that "sk_skb" needs -Hook.</summary>
    private static uint TypeOf(ProgramToAttach program) => program.Section != "sk_skb" ? program.AttachType : program.Options.Hook switch
    {
        "stream_parser" => AttachTypes.SkSkbStreamParser,
        "stream_verdict" => AttachTypes.SkSkbStreamVerdict,
        "verdict" => AttachTypes.SkSkbVerdict,
        null => throw program.Missing("hook",
            BpfRemedy.With($"Specify {BpfOption.Hook} stream_parser, stream_verdict or verdict, or name the section "
                + $"sk_skb/stream_parser and so on.")),
        { } other => throw HookNames.Missing(program.Operation, "hook", other, ["stream_parser", "stream_verdict", "verdict"]),
    };

    private static nint MapOf(ProgramToAttach program)
    {
        var maps = program.File.Maps().Where(map => TypeNames.Map((uint)LibBpf.bpf_map__type(map)) is "sockmap" or "sockhash")
            .ToDictionary(map => ObjectFile.Text(LibBpf.bpf_map__name(map)));
        return (program.Options.Map, maps.Count) switch
        {
            (null, 1) => maps.Values.Single(),
            (null, 0) => throw new BpfException(BpfErrorKind.InvalidArgument,
                $"{program.Operation}: the object has no map of sockets (sockmap, sockhash).",
                "Such a program is attached to a map of sockets. Define one in the same object."),
            (null, _) => throw program.Missing("map",
                BpfRemedy.With($"Specify one with {BpfOption.Map}: {VisibleText.Escape(string.Join(", ", maps.Keys))}.")),
            ({ } name, _) =>
                maps.TryGetValue(name, out var map) ? map : throw HookNames.Missing(program.Operation, "map of sockets", name, maps.Keys),
        };
    }
}
