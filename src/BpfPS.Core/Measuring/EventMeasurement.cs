using System.Diagnostics;
using BpfPS.Events;
using BpfPS.Expressions;
using BpfPS.Records;

namespace BpfPS.Measuring;

/// <summary>
/// Counts events by groups and adds up their values, from their bytes, without an object for any of them. All streams of one measurement
/// share its groups. Not thread-safe.
/// </summary>
internal sealed class EventMeasurement
{
    private const int Other = 0; // the group of events beyond the limit; the others follow it

    private readonly MeasureRequest _asked;
    private readonly IValueRules _rules;
    private readonly GroupTable _groups;
    private readonly IReadOnlyList<NamedExpression> _measured;
    private readonly List<object?[]> _keys = [];
    private readonly List<(string What, BpfRemedy? How)> _doubts = [];
    private readonly HashSet<string> _said = [];
    private MeasureRequest _request; // with members in the place of patterns, once there is a class
    private KeyValues[] _known = [];
    private long[] _counts = new long[16];
    private ValueTally[][] _tallies = [];
    private BpfHistogram?[][] _histograms = []; // empty for a value that none is wanted of
    private ResultShape? _shape;
    private string _layout = "";
    private DateTime _start;
    private long _started;

    /// <param name="request">What is wanted.</param>
    /// <param name="rules">The rules of the language that its expressions are written in.</param>
    public EventMeasurement(MeasureRequest request, IValueRules rules)
    {
        _asked = _request = request;
        _rules = rules;
        _groups = new GroupTable(request.By.Count == 0 ? 1 : request.GroupLimit);
        _measured = request.Measured;
    }

    /// <summary>What results with stack ids need to look them up; null if there is none.</summary>
    public object? Origin { get; set; }

    /// <summary>Makes what measures the records of a class.</summary>
    /// <param name="recordClass">The class.</param>
    /// <exception cref="BpfException">A value does not exist, cannot be measured, or differs from that of the class before.</exception>
    public RecordDecoder Meter(RecordClass recordClass)
    {
        var meter = Begin(recordClass);
        return (data, _, length) =>
        {
            Add(meter, data, length);
            return StreamMark.Event;
        };
    }

    /// <summary>Begins to measure the records of a class, whose groups come with what has been added up of them already.</summary>
    /// <param name="recordClass">The class.</param>
    /// <exception cref="BpfException">A value does not exist, cannot be measured, or differs from that of the class before.</exception>
    public RecordMeter Begin(RecordClass recordClass)
    {
        var by = Keys(recordClass).Select(key => ExpressionCompiler.Value(key.Expression, recordClass, _rules)).ToArray();
        var measured = _measured.Select(one => ExpressionCompiler.Value(one.Expression, recordClass, _rules)).ToArray();
        var shape = new ResultShape(_request, Keys(recordClass).Zip(by, (key, value) => (value.Type, Meaning(key.Expression, recordClass))),
            [.. _measured.Zip(measured, (one, value) => (one, value.Type))], recordClass.Parts[0].Name);
        var meter = new RecordMeter(by, _known, measured.Select(value => value.ToNumber()!));
        if (_shape is null)
        {
            (_shape, _layout) = (shape, meter.Layout);
            _tallies = [.. _measured.Select(_ => new ValueTally[_counts.Length])];
            _histograms = [.. shape.HasHistogram.Select(has => new BpfHistogram?[has ? _counts.Length : 0])];
            Restart(DateTime.Now, Stopwatch.GetTimestamp());
        }
        else if (meter.Layout != _layout || !shape.HasTypesOf(_shape))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"Members of struct {VisibleText.Escape(recordClass.Parts[0].Name)} have other types than in the streams before it, "
                    + "so that their events cannot be counted in the same groups.", "Measure the streams one by one.");
        }
        return meter;
    }

    /// <summary>Adds what has been added up of a group.</summary>
    /// <param name="meter">What <see cref="Begin"/> gave.</param>
    /// <param name="data">A record that has the members by which it is grouped.</param>
    /// <param name="length">The record's length.</param>
    /// <param name="count">How many events there were.</param>
    /// <param name="tallies">Of each value what was added up.</param>
    /// <param name="fill">Adds to the histogram of a value, by its number; called for those that have one.</param>
    public void Add(RecordMeter meter, nint data, int length, long count, ReadOnlySpan<ValueTally> tallies, Action<int, BpfHistogram> fill)
    {
        var group = GroupOf(meter, data, length);
        _counts[group] += count;
        for (var value = 0; value < tallies.Length; value++)
        {
            _tallies[value][group].Add(tallies[value]);
            if (_histograms[value] is { Length: > 0 } histograms)
            {
                var histogram = histograms[group] ??= _shape!.NewHistogram(value);
                histogram.Tally.Add(tallies[value]);
                fill(value, histogram);
            }
        }
    }

    /// <summary>Counts events whose groups were not told apart, because there were too many.</summary>
    /// <param name="count">How many.</param>
    public void AddBeyond(long count)
    {
        if (count > 0)
        {
            DoubtLimit();
            _counts[Other] += count;
        }
    }

    /// <summary>The members of a class that events are grouped by.</summary>
    private IReadOnlyList<NamedExpression> Keys(RecordClass recordClass)
    {
        var keys = MemberPatterns.Expand(_asked.By, recordClass, _rules);
        if (_shape is null)
        {
            _request = _asked with { By = keys };
            _known = [.. keys.Select(_ => new KeyValues(_asked.GroupLimit))];
        }
        else if (!keys.Select(key => key.Name).SequenceEqual(_request.By.Select(key => key.Name), StringComparer.OrdinalIgnoreCase))
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"The patterns of the groups match other members of struct {VisibleText.Escape(recordClass.Parts[0].Name)} than in the "
                    + "streams before it.", "Name the members, or measure the streams one by one.");
        }
        return keys;
    }

    /// <summary>What has to be said of the results, each thing once, with what to do about it.</summary>
    public IEnumerable<(string What, BpfRemedy? How)> TakeDoubts()
    {
        var doubts = _doubts.ToArray();
        _doubts.Clear();
        return doubts;
    }

    /// <summary>
    /// What has been measured since the last call, and begins anew: one object for each group, those with the greatest first sum, or else
    /// the greatest count, first. The one for events beyond the limit of groups comes last; its keys are null.
    /// </summary>
    public IReadOnlyList<BpfMeasurement> TakeResults()
    {
        if (_shape is null)
        {
            return [];
        }
        // Taken once: what lies between two intervals would belong to none.
        var (now, ticks) = (DateTime.Now, Stopwatch.GetTimestamp());
        var duration = Stopwatch.GetElapsedTime(_started, ticks);
        var groups = Enumerable.Range(1, _groups.Count);
        var ordered = _request.Sums.Count > 0 ? groups.OrderByDescending(group => _tallies[0][group].Real) // the sums come first
            : groups.OrderByDescending(group => _counts[group]);
        var shown = _request.Top is { } top ? ordered.Take(top) : ordered;
        if (_counts[Other] > 0)
        {
            shown = shown.Append(Other);
        }
        else if (_groups.Count == 0 && _request.By.Count == 0)
        {
            shown = [Other]; // nothing came: a count of zero is an answer
        }
        var results = shown.Select(group => Result(group, duration)).ToArray();
        Restart(now, ticks);
        return results;
    }

    /// <summary>What a group's key means to those that look at the results.</summary>
    private static FieldMeaning Meaning(ExpressionNode key, RecordClass recordClass)
    {
        var meaning = key is MemberNode { Target: RecordNode } member ? recordClass.Fields.FirstOrDefault(field =>
            field.Name.Equals(member.Name, StringComparison.OrdinalIgnoreCase))?.Meaning : null;
        return meaning is FieldMeaning.KernelStack or FieldMeaning.UserStack or FieldMeaning.ProcessId ? meaning.Value : FieldMeaning.None;
    }

    private int GroupOf(RecordMeter meter, nint data, int length)
    {
        if (meter.TryKey(data, length, out var key) && _groups.Find(key, out var isNew) is >= 0 and var found)
        {
            if (isNew)
            {
                Open(found + 1, meter.Keys(data, length));
            }
            return found + 1;
        }
        DoubtLimit();
        return Other;
    }

    private void DoubtLimit() =>
        Doubt("limit", $"There are more than {_request.GroupLimit} groups. Events of further groups are counted together, in one "
            + "result without keys.", BpfRemedy.With($"Group by something that has fewer values, or raise {BpfOption.GroupLimit}."));

    private void Add(RecordMeter meter, nint data, int length)
    {
        var group = GroupOf(meter, data, length);
        _counts[group]++;
        for (var value = 0; value < _tallies.Length; value++)
        {
            var number = meter.Number(value, data, length);
            _tallies[value][group].Add(number);
            if (_histograms[value] is { Length: > 0 } histograms)
            {
                (histograms[group] ??= _shape!.NewHistogram(value)).Add(number);
            }
        }
    }

    private void Open(int group, object?[] keys)
    {
        if (group == _counts.Length)
        {
            Array.Resize(ref _counts, 2 * group);
            for (var value = 0; value < _tallies.Length; value++)
            {
                Array.Resize(ref _tallies[value], 2 * group);
                Array.Resize(ref _histograms[value], _histograms[value].Length == 0 ? 0 : 2 * group);
            }
        }
        _keys.Add(keys);
    }

    private BpfMeasurement Result(int group, TimeSpan duration)
    {
        var keys = group == Other ? new object?[_request.By.Count] : _keys[group - 1];
        var histograms = _histograms.Select((all, value) => all.Length == 0 ? null : all[group] ?? _shape!.NewHistogram(value));
        var result = _shape!.Make(_start, duration, keys, _counts[group],
            new GroupFigures(Array.ConvertAll(_tallies, tallies => tallies[group]), [.. histograms], Beyond));
        result.Origin = Origin;
        return result;
    }

    private void Beyond(string property) => Doubt(property,
        $"The sum of {VisibleText.Escape(property)} is beyond what its type can hold, and is shown as the greatest value that it can.",
        "Measure shorter intervals, or convert the member to another unit.");

    private void Doubt(string kind, string what, BpfRemedy? how)
    {
        if (_said.Add(kind))
        {
            _doubts.Add((what, how));
        }
    }

    private void Restart(DateTime now, long ticks)
    {
        _groups.Clear();
        _keys.Clear();
        Array.Clear(_counts);
        Array.ForEach(_tallies, Array.Clear);
        Array.ForEach(_histograms, Array.Clear);
        Array.ForEach(_known, known => known.Clear());
        (_start, _started) = (now, ticks);
    }
}
