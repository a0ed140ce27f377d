using System.Management.Automation;

namespace BpfPS.Shell.Hosting;

/// <summary>Shows progress as one line on standard error that is overwritten in place, on a terminal only.</summary>
internal sealed class ProgressLine(StandardStreams streams)
{
    // A cmdlet may report thousands of times a second; nobody reads faster than this.
    private const long MinimumMilliseconds = 100;

    private long _shownAt = long.MinValue / 2;
    private bool _visible;

    /// <summary>Shows a record, or takes the line away when the record says that the work is done.</summary>
    public void Show(ProgressRecord record)
    {
        if (!streams.ErrorIsTerminal)
        {
            return;
        }

        if (record.RecordType == ProgressRecordType.Completed)
        {
            Hide();
            return;
        }

        var now = Environment.TickCount64;
        if (now - _shownAt < MinimumMilliseconds)
        {
            return;
        }

        _shownAt = now;
        var percent = record.PercentComplete >= 0 ? $" {record.PercentComplete,3}%" : string.Empty;
        var text = $"{record.Activity}{percent}: {record.StatusDescription}";
        streams.Error.Write("\r\e[K" + CellWidth.Truncate(text, streams.Columns - 1));
        _visible = true;
    }

    /// <summary>Takes the line away, before anything else is written to the terminal.</summary>
    public void Hide()
    {
        if (_visible)
        {
            _visible = false;
            streams.Error.Write("\r\e[K");
        }
    }
}
