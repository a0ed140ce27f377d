using System.Management.Automation;

namespace BpfPS.Commands;

/// <summary>Measure-BpfProgram: what programs cost, with the kernel's statistics on only meanwhile.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "BpfProgram", DefaultParameterSetName = ByName)]
[OutputType(typeof(BpfProgramStatistics))]
public sealed class MeasureBpfProgramCommand : ProgramCmdlet
{
    private static readonly TimeSpan s_defaultDuration = TimeSpan.FromSeconds(1);

    private const string Activity = "Measuring";

    private readonly Dictionary<uint, (object Target, bool IsOneOfMany)> _targets = [];
    private BpfProgramMeter? _meter;

    /// <summary>How long to measure.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    /// <summary>Give figures again and again, each time after so long.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Interval { get; set; }

    private protected override bool AllByDefault => true;

    private protected override void ProcessProgram(BpfProgram program, Reference<BpfProgram> reference)
    {
        var target = reference.Target;
        _meter ??= Require(() => new BpfProgramMeter(), target);
        if (Try(() => { _meter.Add(program); return program; }, target) is not null)
        {
            _targets[program.Id] = (target, IsOneOfMany);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_meter is null)
        {
            return;
        }
        // Without an interval there is one figure for the whole time; with one, and no duration, there is no end.
        var total = Duration ?? (Interval is null ? s_defaultDuration : null);
        var schedule = new LookSchedule(Interval ?? total!.Value, total);
        if (schedule.IsLong(Interval ?? total!.Value))
        {
            ShowWait(Activity, $"{_targets.Count} {(_targets.Count == 1 ? "program" : "programs")}");
        }
        while (_meter is { IsEmpty: false } && schedule.Wait(StopToken))
        {
            ShowWait(Activity, null);
            var gone = new List<(BpfProgram Program, BpfException Error)>();
            var statistics = Require(() => _meter.Next(gone), null);
            foreach (var (program, error) in gone)
            {
                var (target, isOneOfMany) = _targets[program.Id];
                if (isOneOfMany)
                {
                    WriteVerbose(error.Message);
                }
                else
                {
                    WriteError(error, target);
                }
            }
            if (schedule.IsOver)
            {
                StopMeasuring();
            }
            WriteObject(statistics, enumerateCollection: true);
        }
    }

    /// <inheritdoc/>
    private protected override void Release()
    {
        StopMeasuring();
    }

    /// <summary>With the last look taken, programs need not pay for what the pipeline does with it.</summary>
    private void StopMeasuring()
    {
        _meter?.Dispose();
        _meter = null;
    }
}
