using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

public sealed class EventPumpTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Taker _taker = new();
    private int _read;
    private int _looks;
    private int _releases;
    private volatile bool _cancelled;

    public void Dispose() => _taker.Dispose();

    [Fact]
    public void Events_are_handed_on_in_order_and_everything_is_released_before_the_end_is_said()
    {
        var releasedAtEnd = -1;
        _taker.Ended = _ => releasedAtEnd = _releases;

        Pump(Events(1000)).Start(_taker);

        _taker.AwaitEnd();
        Assert.Equal(Enumerable.Range(0, 1000).Select(number => (byte)number), _taker.Taken.Select(Number));
        Assert.Equal((1, 1), (_releases, releasedAtEnd));
        Assert.Null(_taker.Error);
    }

    [Fact]
    public void Nothing_is_read_while_there_is_no_room_and_losses_are_looked_at_meanwhile()
    {
        _taker.Room = 3;
        var pump = Pump(Events(10));
        pump.Start(_taker);

        SpinUntil(() => _looks > 0);
        Assert.Equal(3, _read);
        _taker.Room = 100;
        _taker.AwaitEnd();

        Assert.Equal(10, _taker.Taken.Count);
    }

    [Fact]
    public void The_time_ends_it_while_there_is_no_room()
    {
        _taker.Room = 1;
        Pump(Events(2), TimeSpan.FromMilliseconds(50)).Start(_taker);

        _taker.AwaitEnd();
    }

    [Fact]
    public void Closing_it_releases_everything_at_once_and_once_and_says_no_end()
    {
        var pump = Pump(Endless());
        pump.Start(_taker);
        SpinUntil(() => _read > 0);

        Parallel.For(0, 4, _ => pump.Close());

        Assert.Equal(1, _releases);
        Assert.True(pump.IsClosed);
        Thread.Sleep(50);
        Assert.False(_taker.HasEnded);
    }

    [Fact]
    public void What_takes_an_event_can_close_it_also_on_another_thread()
    {
        EventPump? pump = null;
        _taker.Took = () =>
        {
            var closing = new Thread(() => pump!.Close());
            closing.Start();
            Assert.True(closing.Join(s_patience));
        };
        pump = Pump(Events(1000));
        pump.Start(_taker);

        SpinUntil(() => _releases == 1);
        Thread.Sleep(50);
        Assert.Single(_taker.Taken);
    }

    [Fact]
    public void An_error_ends_it()
    {
        Pump(Failing()).Start(_taker);

        _taker.AwaitEnd();
        Assert.Equal("broken", _taker.Error!.Message);
        Assert.Single(_taker.Taken);
        Assert.Equal(1, _releases);

        static IEnumerable<BpfRecord> Failing()
        {
            yield return Event(1);
            throw new BpfException(BpfErrorKind.OperationFailed, "broken");
        }
    }

    private static BpfRawEvent Event(int number) => new([(byte)number]);

    private static byte Number(BpfRecord record) => ((BpfRawEvent)record).Bytes[0];

    private static void SpinUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, s_patience));

    private EventPump Pump(IEnumerable<BpfRecord> events, TimeSpan? duration = null) => new(events.GetEnumerator(), duration,
        () => _looks++, () => _cancelled = true, () => Interlocked.Increment(ref _releases));

    private IEnumerable<BpfRecord> Events(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _read++;
            yield return Event(i);
        }
    }

    private IEnumerable<BpfRecord> Endless()
    {
        while (!_cancelled)
        {
            _read++;
            yield return Event(0);
        }
    }

    private sealed class Taker : IEventTaker, IDisposable
    {
        private readonly ManualResetEventSlim _end = new();

        public List<BpfRecord> Taken { get; } = [];

        public volatile int Room = int.MaxValue;

        public Action? Took { get; set; }

        public Action<BpfException?>? Ended { get; set; }

        public BpfException? Error { get; private set; }

        public bool HasEnded => _end.IsSet;

        public bool HasRoom => Taken.Count < Room;

        public void Take(BpfRecord record)
        {
            Taken.Add(record);
            Took?.Invoke();
        }

        public void End(BpfException? error)
        {
            Error = error;
            Ended?.Invoke(error);
            _end.Set();
        }

        public void Dispose() => _end.Dispose();

        public void AwaitEnd() => Assert.True(_end.Wait(s_patience));
    }
}
