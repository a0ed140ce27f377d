namespace BpfPS.Attach;

/// <summary>An attachment without a link, which a call takes away. It would stay if this process were killed.</summary>
internal sealed class DetachedByCall(Action detach, string suffix = "") : Attachment(suffix)
{
    private Action? _detach = detach;

    public override void Dispose() => Interlocked.Exchange(ref _detach, null)?.Invoke();
}
