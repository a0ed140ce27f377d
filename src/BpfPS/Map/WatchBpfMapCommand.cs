using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Watch-BpfMap: entries that change, at an interval.</summary>
[Cmdlet(VerbsCommon.Watch, "BpfMap", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfMapChange))]
public sealed class WatchBpfMapCommand : MapCmdlet
{
    private readonly List<(BpfMapWatcher Watcher, object Target)> _watchers = [];

    /// <summary>The time from one look to the next.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>End after so many changes.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [WholeNumber]
    public int? First { get; set; }

    /// <summary>End after that time.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    private const string Activity = "Watching";

    private protected override bool IsMeant(BpfMap map) => map.HoldsResults;

    private protected override void ProcessMap(BpfMap map, Reference<BpfMap> reference)
    {
        if (Try(() => new BpfMapWatcher(map, StopToken), reference.Target) is { } watcher)
        {
            _watchers.Add((watcher, reference.Target));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var schedule = new LookSchedule(Interval, Duration);
        var told = 0;
        while (_watchers.Count > 0 && !schedule.IsOver && Wait(schedule, told))
        {
            foreach (var watched in _watchers.ToArray())
            {
                if (Try(() => watched.Watcher.Next(StopToken), watched.Target) is not { } changes)
                {
                    _watchers.Remove(watched);
                    continue;
                }
                foreach (var change in changes)
                {
                    ShowWait(Activity, null);
                    WriteObject(change);
                    if (++told == First)
                    {
                        return;
                    }
                }
            }
        }
    }

    private bool Wait(LookSchedule schedule, int told)
    {
        if (told == 0 && schedule.IsLong(Interval))
        {
            ShowWait(Activity, $"No changes yet in {string.Join(", ", _watchers.Select(watched => watched.Watcher.MapName))}");
        }
        var goesOn = schedule.Wait(StopToken);
        if (goesOn && schedule.IsOver)
        {
            ShowWait(Activity, null);
        }
        return goesOn;
    }
}
