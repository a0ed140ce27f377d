namespace BpfPS.Events;

/// <summary>
/// Chooses evenly among events where there are more than a rate allows. Time is cut into short windows. In each, every n-th event is
/// taken, with n so that as many events as in the window before give the rate; and never more than the rate allows.
/// </summary>
/// <param name="perSecond">The maximum number of events a second.</param>
/// <param name="clock">The time in milliseconds.</param>
internal sealed class RateLimit(int perSecond, Func<long> clock)
{
    private const double ShortestWindow = 100;

    // A window has room for at least one event.
    private readonly double _window = Math.Max(ShortestWindow, 1000.0 / perSecond);
    private double _begin = double.NegativeInfinity;
    private double _room;
    private double _seen;
    private double _step = 1;
    private double _next;

    /// <summary>Whether to take the event that has come now.</summary>
    public bool Takes()
    {
        var now = clock();
        if (now >= _begin + _window)
        {
            Turn(now);
        }
        // Rounding must not cost the last event of a window.
        if (_seen++ < _next || _room < 1 - 1e-9)
        {
            return false;
        }
        _next += _step;
        _room--;
        return true;
    }

    private void Turn(double now)
    {
        var allowed = perSecond * _window / 1000;
        var isNext = now < _begin + 2 * _window;
        // The room for a part of an event is kept for the next window.
        _room = allowed + (isNext ? Math.Min(_room, 1) : 0);
        _step = isNext ? Math.Max(1, _seen / _room) : 1;
        _next = isNext ? Math.Max(0, _next - _seen) : 0;
        _next = Math.Min(_next, _step);
        _begin = isNext ? _begin + _window : now;
        _seen = 0;
    }
}
