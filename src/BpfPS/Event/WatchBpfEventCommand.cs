using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Watch-BpfEvent: the event stream of a tool, a started object, a live ring buffer or a pin, one typed object an event.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfEvent", DefaultParameterSetName = ByName, SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(BpfEvent), typeof(BpfRecord[]))]
public sealed class WatchBpfEventCommand : EventObjectCmdlet
{
    private const string Counted = "#Counted"; // as BpfPS.Help writes it into the views
    private static readonly TimeSpan s_everySecond = TimeSpan.FromSeconds(1);

    private readonly List<BpfMapResults> _results = [];

    /// <summary>The maximum number of events a second; the others are left out evenly.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int? MaxRate { get; set; }

    /// <summary>Give arrays of so many events.</summary>
    [Parameter]
    [ValidateRange(1, 1 << 20)]
    [WholeNumber]
    public int? Batch { get; set; }

    /// <summary>Give the events of all buffers and CPUs in the order of their times.</summary>
    [Parameter]
    public SwitchParameter Ordered { get; set; }

    /// <summary>Give what the program counts in its maps, each time after so long.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Every { get; set; }

    private protected override string Doing => "Watching";

    private protected override int? Rate => MaxRate;

    private protected override void Deliver()
    {
        if (_results.Count > 0)
        {
            if (!Streams.IsEmpty)
            {
                Terminate(new BpfException(BpfErrorKind.InvalidArgument, "Some of what is watched sends events, and some only counts.",
                    "Watch them one by one, for example each in a job of its own (Start-ThreadJob)."), null);
            }
            WriteResults();
            return;
        }
        if (Streams.IsEmpty)
        {
            return;
        }
        if (!SendsAtRate)
        {
            Streams.LimitRate(MaxRate);
        }
        if (Ordered)
        {
            Require(() => Streams.InOrder(), null);
        }
        var limits = Limits(First);
        if (Batch is { } size)
        {
            using var batches = Streams.ReadBatches(limits, size).GetEnumerator();
            while (Next(batches) is { } batch)
            {
                WriteArray(batch);
            }
        }
        else
        {
            using var events = Streams.Read(limits).GetEnumerator();
            while (Next(events) is { } record)
            {
                WriteObject(record);
            }
        }
        SayTexts();
        GiveStatistics();
    }

    private protected override bool TakesResults(string owner, IReadOnlyList<BpfMap> maps, bool isNew)
    {
        if (Every is null && maps.Any(map => map.SendsEvents))
        {
            return false;
        }
        var results = maps.Where(map => map.HoldsResults && IsWanted(map)).ToArray();
        if (results.Length == 0)
        {
            return Every is null ? false : throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(owner)}' sends events, and counts nothing in maps.",
                "Remove -Every, or add up its events with Measure-BpfEvent -Every.");
        }
        if ((Filter, Property, MaxRate, Batch) is not (null, null, null, null) || Ordered)
        {
            throw new BpfException(BpfErrorKind.InvalidArgument,
                $"'{VisibleText.Escape(owner)}' counts in maps, and what it counts is not an event that could be filtered or projected.",
                "Remove -Filter, -Property, -MaxRate, -Batch and -Ordered; use Where-Object and Select-Object.");
        }
        var read = Array.ConvertAll(results, map => new BpfMapResults(map, isNew));
        // Tables are what is looked at; the histograms beside them are for who asks for them.
        var isChosen = Map.Length > 0 || Array.TrueForAll(read, result => result.IsHistogram);
        foreach (var result in read)
        {
            if (isChosen || !result.IsHistogram)
            {
                _results.Add(result);
            }
            else
            {
                WriteVerbose($"'{VisibleText.Escape(owner)}' also counts in the histogram '{VisibleText.Escape(result.Map.Name)}': "
                    + $"add -Map {VisibleText.Escape(result.Map.Name)} to read that.");
            }
        }
        return true;
    }

    /// <summary>
    /// What was counted in each interval. Without one: at the end of the whole time; every second if that has no end.
    /// </summary>
    private void WriteResults()
    {
        var interval = Every ?? Duration ?? s_everySecond;
        var schedule = new LookSchedule(interval, Duration);
        var left = First;
        while (!schedule.IsOver)
        {
            if (schedule.IsLong(interval))
            {
                ShowWait(Doing, $"Counting in {string.Join(", ", _results.Select(result => VisibleText.Escape(result.Map.Name)))}");
            }
            if (!schedule.Wait(StopToken))
            {
                break;
            }
            ShowWait(Doing, null);
            var time = DateTime.Now;
            foreach (var result in _results)
            {
                foreach (var entry in Require(() => result.Next(StopToken), result.Map.Name))
                {
                    var shown = PSObject.AsPSObject(entry);
                    shown.Properties.Add(new PSNoteProperty("Interval", time));
                    if (!result.IsGauge)
                    {
                        // A view of its own, with rates beside what was counted.
                        shown.Properties.Add(new PSNoteProperty("Elapsed", result.Elapsed));
                        shown.TypeNames.Insert(0, $"{entry.GetType()}{Counted}");
                    }
                    WriteObject(shown);
                    if (--left == 0)
                    {
                        return;
                    }
                }
            }
        }
    }
}
