using System.Management.Automation;
using BpfPS.Shell.Hosting;

namespace BpfPS.Shell.Commands;

/// <summary>The base of cmdlets that want objects as the lines which they would be shown as.</summary>
public abstract class FormattingCommand : PSCmdlet, IDisposable
{
    private SteppablePipeline? _formatter;
    private OutputCapture? _capture;

    /// <summary>What to format.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _capture = (OutputCapture)Host.PrivateData.BaseObject;
        _formatter = ScriptBlock.Create("Out-Host").GetSteppablePipeline(MyInvocation.CommandOrigin);
        Step(formatter => formatter.Begin(expectInput: true));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Step(formatter => formatter.Process(InputObject));

    /// <inheritdoc/>
    protected override void EndProcessing() => Step(formatter => formatter.End());

    /// <summary>Takes one formatted line, without its end and without terminal escapes.</summary>
    protected abstract void Accept(string line);

    /// <summary>Releases the formatter.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _formatter?.Dispose();
            _formatter = null;
        }
    }

    private void Step(Action<SteppablePipeline> step)
    {
        // The lines are handed on after the step, so that what Accept writes is not captured itself.
        var lines = new List<string>();
        _capture!.While(lines.Add, () => step(_formatter!));
        foreach (var line in lines)
        {
            Accept(System.Management.Automation.Host.PSHostUserInterface.GetOutputString(line, supportsVirtualTerminal: false));
        }
    }
}
