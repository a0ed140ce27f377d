using System.Diagnostics;
using System.Management.Automation;
using BpfPS.Events;
using BpfPS.Expressions;
using BpfPS.Generation;
using BpfPS.Measuring;
using BpfPS.Tracing;

namespace BpfPS.Commands;

/// <summary>Measure-BpfEvent: counts and adds up events by groups, with no object for any of them.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfMeasurement), typeof(BpfMeasuredHistogram))]
public sealed class MeasureBpfEventCommand : EventCmdlet
{
    private static readonly TimeSpan s_endLook = TimeSpan.FromMilliseconds(50);

    private EventMeasurement? _measurement;
    private MeasureRequest? _request;
    private KernelMeasurement? _inKernel;

    /// <summary>What the events of a group have in common: members, or calculated properties.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public object[]? By { get; set; }

    /// <summary>Members or calculated properties to sum.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Sum { get; set; }

    /// <summary>Members or calculated properties to average.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Average { get; set; }

    /// <summary>Members or calculated properties whose least value is wanted.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Minimum { get; set; }

    /// <summary>Members or calculated properties whose greatest value is wanted.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Maximum { get; set; }

    /// <summary>Percentiles, from 0 to 100, of the members in Of.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    [ValidateNotNullOrEmpty]
    public double[]? Percentile { get; set; }

    /// <summary>The members or calculated properties that percentiles are of; without it those of Histogram.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Of { get; set; }

    /// <summary>Members or calculated properties whose distribution is wanted.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EventMemberCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Histogram { get; set; }

    /// <summary>The width of the histogram's slots, a number or a duration; without it they are powers of two.</summary>
    [Parameter]
    [SlotWidthTransformation]
    public object? BucketWidth { get; set; }

    /// <summary>Only so many groups: those with the greatest first sum, or else with the most events.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int? Top { get; set; }

    /// <summary>One set of results for each interval of this length.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Every { get; set; }

    /// <summary>The most groups that are told apart.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    [WholeNumber]
    public int GroupLimit { get; set; } = 10_000;

    private protected override string Doing => "Measuring";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _request = Require(Request, null);
        _measurement = new EventMeasurement(_request, ScriptRules.Instance);
    }

    private protected override void Deliver()
    {
        if (_inKernel is not null)
        {
            MeasureInKernel();
            return;
        }
        if (Streams.IsEmpty)
        {
            return;
        }
        using var marks = Streams.Read(Limits(First) with { Every = Every }).GetEnumerator();
        while (Next(marks) is { } mark)
        {
            if (ReferenceEquals(mark, StreamMark.Interval))
            {
                WriteResults();
            }
        }
        // After Ctrl+C nothing can be written; Release shows what there is.
        if (!StopToken.IsCancellationRequested)
        {
            WriteResults();
        }
        SayTexts();
        GiveStatistics();
    }

    /// <summary>Closes the streams, and after Ctrl+C shows on the screen what was measured until then.</summary>
    private protected override void Release()
    {
        if (StopToken.IsCancellationRequested && _measurement is not null)
        {
            TryTake();
            ShowAfterEnd(_measurement.TakeResults().Select(MeasurementText.Histograms));
        }
        base.Release();
    }

    private protected override ProbeMeasure? Measured => First < long.MaxValue || IdleTimeout is not null ? null
        : new(_request!.By, [.. _request.Measured.Select(value => new ProbeMeasuredValue(value,
            Has(_request.Minimums, value) || Has(_request.Maximums, value),
            Has(_request.Histograms, value) || Has(_request.PercentilesOf, value), _request.SlotWidth))], GroupLimit);

    private protected override void TakeMeasured(BpfObject started, MeasuredRecords measured) =>
        _inKernel = new KernelMeasurement(started, measured, _measurement!);

    private protected override void Prepare(BpfEventStream stream) => stream.SetDecoder(_measurement!.Meter);

    private static bool Has(IReadOnlyList<NamedExpression> values, NamedExpression value) => values.Contains(value);

    /// <summary>Waits while the kernel adds up, and reads the results of each interval.</summary>
    private void MeasureInKernel()
    {
        var clock = Stopwatch.StartNew();
        if (Followed is { } followed && Every is null)
        {
            while (!followed.HasEnded && !(Duration is { } most && clock.Elapsed >= most))
            {
                if (StopToken.WaitOr(s_endLook))
                {
                    return;
                }
            }
            TakeFromKernel();
            WriteResults();
            return;
        }
        if ((Every ?? Duration) is not { } interval)
        {
            ShowWait(Doing, "Adding up in the kernel");
            StopToken.WaitHandle.WaitOne();
            return; // Release shows what there is
        }
        var schedule = new LookSchedule(interval, Duration);
        while (!schedule.IsOver)
        {
            if (schedule.IsLong(interval))
            {
                ShowWait(Doing, "Adding up in the kernel");
            }
            if (!schedule.Wait(StopToken))
            {
                return; // Release shows what there is
            }
            ShowWait(Doing, null);
            TakeFromKernel();
            WriteResults();
            if (Followed is { HasEnded: true })
            {
                break;
            }
        }
    }

    /// <summary>Takes what the kernel has when nothing can be said any more.</summary>
    private void TryTake()
    {
        try
        {
            _inKernel?.Take();
        }
        catch (BpfException)
        {
            // What was taken before is shown.
        }
    }

    private void TakeFromKernel()
    {
        Require(() =>
        {
            _inKernel!.Take();
            return true;
        }, null);
        if (_inKernel!.BucketsMissed is var missed and > 0)
        {
            Report(BpfMessageLevel.Warning, $"{missed} values found no room in histograms.",
                $"Measure fewer groups, or shorter intervals (-{nameof(Every)}).");
        }
    }

    private MeasureRequest Request()
    {
        Needs(Percentile, nameof(Percentile), (Of ?? Histogram) is not null, "the members that they are of", nameof(Of));
        Needs(Of, nameof(Of), Percentile is not null, "the percentiles of these members", nameof(Percentile));
        Needs(BucketWidth, nameof(BucketWidth), Histogram is not null, "the members that are shown so", nameof(Histogram));
        return new()
        {
            By = PropertyParser.Parse(By, SessionState, takesPatterns: true),
            Sums = PropertyParser.Parse(Sum, SessionState),
            Averages = PropertyParser.Parse(Average, SessionState),
            Minimums = PropertyParser.Parse(Minimum, SessionState),
            Maximums = PropertyParser.Parse(Maximum, SessionState),
            Percentiles = [.. (Percentile ?? []).Distinct()],
            PercentilesOf = Percentile is null ? [] : PropertyParser.Parse(Of ?? Histogram, SessionState),
            Histograms = PropertyParser.Parse(Histogram, SessionState),
            SlotWidth = BucketWidth,
            Top = Top,
            GroupLimit = GroupLimit,
        };
    }

    private static void Needs(object? given, string parameter, bool isThere, string what, string needed)
    {
        if (given is not null && !isThere)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument, $"-{parameter} needs {what}.", $"Specify them with -{needed}.");
        }
    }

    private void WriteResults()
    {
        foreach (var result in _measurement!.TakeResults())
        {
            WriteObject(result);
        }
        foreach (var (what, how) in _measurement.TakeDoubts())
        {
            Report(BpfMessageLevel.Warning, what, how);
        }
    }
}
