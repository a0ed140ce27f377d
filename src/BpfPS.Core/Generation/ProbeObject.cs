using BpfPS.Btf;
using BpfPS.Expressions;
using BpfPS.Maps;
using BpfPS.Records;

namespace BpfPS.Generation;

/// <summary>An object file with the programs of probes, to be linked with bpf/probe.bpf.c.</summary>
/// <param name="Image">The file.</param>
/// <param name="Filters">Where the filter is decided, for each probe that has events which can pass.</param>
/// <param name="Measured">What it adds up in the kernel; null if it sends events.</param>
internal sealed record ProbeObject(byte[] Image, IReadOnlyList<(string Probe, KernelFilter Filter)> Filters, MeasuredRecords? Measured)
{
    /// <summary>The sections of its programs, which say where they are attached, and the number of instructions of each.</summary>
    public IReadOnlyList<(string Section, int Instructions)> Programs { get; private init; } = [];

    /// <summary>What an event costs, by the dearest that is read of it.</summary>
    public ProbeCost Cost { get; private init; }

    // enum bpf_map_type
    private const uint Hash = 1, PerCpuHash = 5, PerCpuArray = 6, StackTrace = 7, LeastRecentlyUsedHash = 9, RingBuffer = 27;
    private const uint MostCalls = 16_384, MostTexts = 2_048, MostStacks = 16_384, MostBuckets = 65_536;
    private const string Internal = "bpfps:internal=1"; // BPFPS_INTERNAL of bpfps.h

    /// <summary>Writes the programs of probes.</summary>
    /// <param name="probes">The probes, whose names are all different.</param>
    /// <param name="request">What is wanted of their events.</param>
    /// <exception cref="BpfException">No probe has the members that are asked for, or nobody can decide the filter.</exception>
    /// <exception cref="NotInKernelException">What is to be added up cannot be added up in the kernel.</exception>
    public static ProbeObject Make(IReadOnlyList<TracedProbe> probes, ProbeRequest request)
    {
        var target = new GeneratedObject(FilterCounter.Section);
        var types = new EventTypes(target) { Chains = [.. WantedMembers.Expressions(request).SelectMany(MemberChains.Of)] };
        var made = new List<(TracedProbe Probe, TracedRecord Record)>();
        var names = probes is [{ Functions: { Count: > 0 } functions }] ? functions : [.. probes.Select(probe => probe.Name)];
        var tag = types.Enum("bpfps_probe", sizeof(uint), [.. names.Select((name, i) => KeyValuePair.Create(name, (long)i))]);
        var known = probes.Select((probe, i) => CommonMembers.Of(types, tag, i, request).Select(member =>
            member.Name == CommonMembers.Probe && IsMany(probe) ? member with { Source = new CookieSource() } : member)
            .Concat(probe.Members(types)).ToArray()).ToArray();
        var wanted = WantedMembers.Of(request, known.SelectMany(members => members).Select(member => member.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase));
        for (var i = 0; i < probes.Count; i++)
        {
            var members = known[i].Where(member => wanted.Has(member)
                || member.Name == CommonMembers.Probe && probes.Count > 1 && request.Measure is null).ToArray();
            made.Add((probes[i], wanted.Layout(target, types, probes[i].Name, members)));
        }
        var maps = new ProbeMaps(probes.Max(probe => probe.Saved.Count), probes.Any(HasSavedText), request.HasRate, request.TextBytes)
        {
            HasFrames = probes.Any(probe => probe.Frame is not null),
        };
        var parsed = BtfTypes.Parse(target.Btf.ToArray());
        var tested = Tests([.. made.Select(one => one.Record)], parsed, request);
        made.RemoveAll(one => !tested.ContainsKey(one.Record.Name));
        var records = made.ConvertAll(one => one.Record);
        var measured = request.Measure is { } measure ? MeasuredRecords.Of(records, parsed, measure) : null;
        AddMaps(target, types, maps, records, request, measured);
        if (probes.Any(probe => probe.EntrySection is not null))
        {
            // A thread may leave a function without returning from it (longjmp, the end of the thread): such calls give way to new ones.
            var (word, index) = (types.Unsigned(sizeof(ulong)), types.Unsigned(sizeof(uint)));
            var (kind, key) = maps.HasFrames
                ? (LeastRecentlyUsedHash, types.Array(index, (uint)maps.KeySize / sizeof(uint))) : (Hash, index);
            target.AddMap(ProbeMaps.Calls, kind, MostCalls, key, types.Array(word, maps.CallSize / sizeof(ulong)), Internal);
            target.AddZeroedVariable(ProbeMaps.CallsMissed, word, sizeof(ulong));
            if (maps.HasText)
            {
                var texts = types.Array(word, maps.TextSize / sizeof(ulong));
                target.AddMap(ProbeMaps.Texts, Hash, MostTexts, types.Unsigned(sizeof(uint)), texts, Internal);
                target.AddZeroedVariable(ProbeMaps.NoText, texts, maps.TextSize);
            }
        }
        var context = target.Btf.FunctionPrototype(target.Number("int", sizeof(int), isSigned: true), [("ctx", target.Btf.Pointer())]);
        for (var i = 0; i < made.Count; i++)
        {
            var (probe, record) = made[i];
            var source = request.Filter?.Text ?? probe.Name;
            if (probe.EntrySection is { } section)
            {
                var entry = new ProbeCode(target, maps);
                entry.Remember(probe.Saved, record.Members.Any(member => member.Source is SavedTextSource) ? probe.SavedText : null,
                    record.Members.Any(member => member.Source is SavedTextListSource) ? probe.SavedList : null,
                    new CallKey(probe.IsOfProcess, IsMany(probe) ? null : i, probe.Frame?.Begin));
                target.AddProgram(section, probe.Programs[1], context, entry.Code, source);
            }
            var code = new ProbeCode(target, maps, probe.EntrySection is not null);
            if (probe.EntrySection is null)
            {
                code.Begin(probe.Tasks);
            }
            else
            {
                code.FindCall(new CallKey(probe.IsOfProcess, IsMany(probe) ? null : i, probe.Frame?.Return));
            }
            code.Send(record, tested[record.Name].Tests, measured?.Values[i], measured?.IsGrouped ?? false);
            target.AddProgram(probe.Section, probe.Programs[0], context, code.Code, source);
        }
        return new ProbeObject(target.ToArray(), [.. tested.Select(one => (one.Key, one.Value.Filter))], measured)
        {
            Programs = target.Programs,
            Cost = (ProbeCost)records.SelectMany(record => record.Members).Max(member => member.Source.Cost switch
            {
                < MemberSource.TextCost => (int)ProbeCost.Low,
                MemberSource.TextCost => (int)ProbeCost.Medium,
                _ => (int)ProbeCost.High,
            }),
        };
    }

    private static bool IsMany(TracedProbe probe) => probe.Functions.Count > 0;

    private static bool HasSavedText(TracedProbe probe) => probe.SavedText is not null || probe.SavedList is not null;

    /// <summary>What the kernel decides for each struct; a struct that lacks a member of the filter has no event that passes.</summary>
    private static Dictionary<string, (IReadOnlyList<StagedTest> Tests, KernelFilter Filter)> Tests(
        IReadOnlyList<TracedRecord> records, BtfTypes types, ProbeRequest request)
    {
        var tested = new Dictionary<string, (IReadOnlyList<StagedTest>, KernelFilter)>();
        BpfException? first = null;
        foreach (var record in records)
        {
            try
            {
                tested.Add(record.Name, request.Filter is null ? ([], new KernelFilter([], null))
                    : Split(record, RecordClasses.ForEvent(types, record.Type), request));
            }
            catch (BpfException e) when (e.NamesNoMember)
            {
                first ??= e;
            }
        }
        return tested.Count > 0 ? tested : throw first!;
    }

    private static (IReadOnlyList<StagedTest>, KernelFilter) Split(TracedRecord record, RecordClass recordClass, ProbeRequest request)
    {
        var condition = request.Filter!;
        _ = ExpressionCompiler.Condition(condition, recordClass, request.Rules); // what nobody can decide is an error before anything runs
        if (!request.FiltersInKernel)
        {
            return ([], KernelFilter.Nowhere(condition, "the kernel does not take it"));
        }
        var translator = new FilterTranslator(recordClass, request.Rules);
        var (parts, tests) = (new List<BpfFilterPart>(), new List<StagedTest>());
        foreach (var part in KernelFilter.Parted(condition))
        {
            try
            {
                var test = translator.Test(part).Simplify();
                if (test is not ConstantTest)
                {
                    TryOut(test);
                    tests.Add(new StagedTest(test, MemberNames.Of(part) ?? record.Members.Select(member => member.Name).ToHashSet()));
                }
                parts.Add(new BpfFilterPart(part.Text, test is ConstantTest { Answer: false } ? "it is never true" : null));
            }
            catch (Exception e) when (e is NotInKernelException or NotSupportedException)
            {
                parts.Add(new BpfFilterPart(part.Text, e.Message));
            }
        }
        return (tests, new KernelFilter(parts, null));
    }

    /// <summary>Writes a condition once, for what shows only then: that it needs too many registers, or is too large.</summary>
    /// <exception cref="NotSupportedException">It cannot be written.</exception>
    private static void TryOut(KernelTest test)
    {
        var code = new ProbeCode(new GeneratedObject(FilterCounter.Section), new ProbeMaps(0, false, false));
        test.Emit(code, code.Reject, when: false);
        FilterCode.RequireSize(code.Code);
    }

    private static void AddMaps(GeneratedObject target, EventTypes types, ProbeMaps maps, IReadOnlyList<TracedRecord> records,
        ProbeRequest request, MeasuredRecords? measured)
    {
        var btf = target.Btf;
        var (word, index) = (types.Unsigned(sizeof(ulong)), types.Unsigned(sizeof(uint)));
        var record = records is [var only] ? only.Type : btf.Composite(BtfKind.Union, "bpfps_events", records.Max(one => one.Size),
            [.. records.Select(one => new BtfMember(one.Name, one.Type, 0, 0))]);
        target.AddMap(ProbeMaps.Scratch, PerCpuArray, 1, index, record, Internal);
        TestCode.AddCounter(target, ProbeMaps.Events);
        target.AddZeroedVariable(ProbeMaps.TextsCut, word, sizeof(ulong));
        target.AddZeroedVariable(ProbeMaps.TextsUnread, word, sizeof(ulong));
        if (request.HasRate)
        {
            TestCode.AddCounter(target, ProbeMaps.Events, FilterCounter.RatePrefix);
        }
        if (request.HasKernelStack || request.HasUserStack)
        {
            target.AddMap(ProbeMaps.Stacks, StackTrace, MostStacks, index, types.Array(word, 127));
        }
        if (measured is not null)
        {
            AddGroups(target, types, measured, request.Measure!.GroupLimit);
            return;
        }
        target.AddMap(ProbeMaps.Events, RingBuffer, request.RingBytes);
        const uint streamSize = 24;
        target.AddZeroedVariable(ProbeMaps.Stream, btf.Composite(BtfKind.Struct, "", streamSize,
            [new BtfMember("lost", word, 0, 0), new BtfMember("wake_at", word, 64, 0),
                new BtfMember("event", btf.Pointer(btf.Const(record)), 128, 0)]), streamSize);
    }

    private static void AddGroups(GeneratedObject target, EventTypes types, MeasuredRecords measured, int limit)
    {
        var (word, index) = (types.Unsigned(sizeof(ulong)), types.Unsigned(sizeof(uint)));
        var group = types.Array(word, measured.GroupSize / sizeof(ulong));
        if (measured.IsGrouped)
        {
            // Twice as many as can be told apart: those of the interval that is being read are still there.
            target.AddMap(MeasureMaps.Groups, PerCpuHash, 2 * (uint)Math.Min(limit, 1 << 20), Key(MeasureMaps.GroupKeyAt), group);
        }
        else
        {
            target.AddMap(MeasureMaps.Groups, PerCpuArray, MeasureMaps.Intervals, index, group);
        }
        if (measured.HasHistograms && measured.IsGrouped)
        {
            target.AddMap(MeasureMaps.Buckets, PerCpuHash, MostBuckets, Key(0), word);
        }
        else if (measured.HasHistograms)
        {
            target.AddMap(MeasureMaps.Buckets, PerCpuArray,
                (uint)(MeasureMaps.Intervals * measured.Values[0].Count * MeasureMaps.Octaves), index,
                types.Array(word, MeasureMaps.BucketsInOctave));
        }
        if (measured.HasSlots)
        {
            target.AddMap(MeasureMaps.Slots, PerCpuHash, MostBuckets, Key(0), word);
        }
        target.AddZeroedVariable(MeasureMaps.Interval, index, sizeof(uint));
        target.AddZeroedVariable(MeasureMaps.GroupsMissed, word, sizeof(ulong));
        target.AddZeroedVariable(MeasureMaps.BucketsMissed, word, sizeof(ulong));
        target.AddZeroedVariable(MeasureMaps.Nothing, group, measured.GroupSize);

        uint Key(int from) => types.Array(types.Unsigned(1), measured.KeyEnd - (uint)from);
    }
}
