namespace BpfPS.Attach;

/// <summary>An attachment without a link, removed by a call. It remains if this process is killed.</summary>
internal sealed class DetachedByCall(Action detach, string suffix = "") : Attachment(suffix)
{
    private Action? _detach = detach;

    public override void Dispose() => Interlocked.Exchange(ref _detach, null)?.Invoke();
}
