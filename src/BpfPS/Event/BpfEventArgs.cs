using BpfPS.Commands;

namespace BpfPS;

/// <summary>What a subscriber is told of an event of the kernel.</summary>
public sealed class BpfEventArgs : EventArgs
{
    private BpfRecord? _event;
    private bool _isKnown;

    internal BpfEventArgs(BpfRecord? record) => _event = record;

    /// <summary>The event. In an action, it is also $_.</summary>
    public BpfRecord? Event
    {
        get
        {
            // Here and not where it is made, because PowerShell can be told of a class only in the session, on its thread.
            if (!_isKnown && _event is not null)
            {
                _isKnown = true;
                RecordTypeData.Register(_event);
            }
            return _event;
        }
        internal set
        {
            _isKnown &= value?.GetType() == _event?.GetType();
            _event = value;
        }
    }

    /// <summary>The event as text.</summary>
    public override string ToString() => _event?.ToString() ?? "";
}
