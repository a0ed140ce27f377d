using BpfPS.Expressions;

namespace BpfPS.Generation;

/// <summary>Which members of events are needed, and in which order: only what somebody looks at is filled.</summary>
internal sealed class WantedMembers
{
    // Names that belong to a cgroup, and are found when the event is read.
    private static readonly string[] s_ofCgroup = ["unit", "container"];

    private readonly HashSet<string> _named = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);
    private bool _hasAll;
    private readonly bool _isMeasured;

    private WantedMembers(ProbeRequest request)
    {
        _isMeasured = request.Measure is not null;
        _hasAll = request.Properties is null && !_isMeasured;
        var looked = request.Measure is { } measure ? measure.Values.Select(one => one.Value.Expression)
            : (request.Properties ?? []).Select(property => property.Expression);
        foreach (var node in request.Filter is null ? looked : looked.Append(request.Filter))
        {
            if (MemberNames.Of(node) is { } names)
            {
                _named.UnionWith(names);
            }
            else
            {
                _hasAll = true;
            }
        }
        foreach (var key in request.Measure?.By ?? [])
        {
            var names = MemberNames.Of(key.Expression) ?? throw new NotInKernelException($"'{key.Name}' is of the event as a whole");
            if (names.Contains("time") || names.Contains("duration"))
            {
                throw new NotInKernelException($"'{key.Name}' has too many values to be told apart in the kernel");
            }
            _keys.UnionWith(names);
        }
        foreach (var names in (HashSet<string>[])[_named, _keys])
        {
            if (names.RemoveWhere(name => s_ofCgroup.Contains(name, StringComparer.OrdinalIgnoreCase)) > 0)
            {
                names.Add("cgroup");
            }
        }
    }

    /// <summary>What a request needs. Where it names what is no member, these are all members: the error shows the similar ones.</summary>
    /// <param name="request">The request.</param>
    /// <param name="names">The names of all members.</param>
    /// <exception cref="NotInKernelException">What is to be added up cannot be added up in the kernel.</exception>
    public static WantedMembers Of(ProbeRequest request, IReadOnlySet<string> names)
    {
        var wanted = new WantedMembers(request);
        if (wanted._named.Concat(wanted._keys).FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            wanted._hasAll = !wanted._isMeasured ? true : throw new NotInKernelException($"'{unknown}' is not a member of the events");
        }
        return wanted;
    }

    /// <summary>All that is worked out of events.</summary>
    public static IEnumerable<ExpressionNode> Expressions(ProbeRequest request) =>
    [
        .. (request.Properties ?? []).Select(property => property.Expression), .. request.Filter is null ? Array.Empty<ExpressionNode>()
            : [request.Filter],
        .. request.Measure is { } measure ? measure.Values.Select(one => one.Value.Expression).Concat(
            (measure.By ?? []).Select(key => key.Expression)) : [],
    ];

    /// <summary>Whether a member is needed.</summary>
    public bool Has(TracedMember member) => _named.Contains(member.Name) || _keys.Contains(member.Name)
        || _hasAll && !member.IsOnAsking && !CommonMembers.OnAsking.Contains(member.Name);

    /// <summary>Lays the members out: of what is added up, those first that are the key.</summary>
    public TracedRecord Layout(GeneratedObject target, EventTypes types, string name, IReadOnlyList<TracedMember> members)
    {
        if (!_isMeasured)
        {
            return new TracedRecord(target, name, members);
        }
        var number = types.Unsigned(sizeof(uint));
        TracedMember[] key =
        [
            new(MeasureMaps.Bucket, types.Unsigned(sizeof(ulong)), 8, 8, new NoSource()),
            new(MeasureMaps.ValueNumber, number, 4, 4, new NoSource()),
            new(MeasureMaps.IntervalNumber, number, 4, 4, new VariableSource(MeasureMaps.Interval)),
            .. members.Where(member => _keys.Contains(member.Name)).OrderByDescending(member => member.Align),
        ];
        return new TracedRecord(target, name, [.. key, .. members.Where(member => !_keys.Contains(member.Name))], key.Length);
    }
}
