using System.Diagnostics;
using BpfPS.Core.Tests.Support;
using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>
/// The reader for a pipeline, over an image of a ring: what it takes, what it gives back, and what it moves out of a ring that
/// fills.
/// </summary>
[Collection(nameof(MemoryTests))]
public class RingReaderTests
{
    private const int Length = 1000;

    [Fact]
    public void Records_come_in_order_and_their_room_is_given_back()
    {
        using var image = new RingImage();
        using var reader = Open(image);
        for (var round = 0; round < 20; round++)
        {
            image.Write(Bytes.Numbered(2 * round, 10));
            image.Write(Bytes.Numbered(2 * round + 1, Length));

            Assert.Equal([Bytes.Numbered(2 * round, 10), Bytes.Numbered(2 * round + 1, Length)], Read(reader));
            Assert.Equal(image.Producer, image.Consumer);
        }
    }

    [Fact]
    public void What_was_not_read_stays_in_the_ring_for_the_next_reader()
    {
        using var image = new RingImage();
        for (var i = 0; i < 5; i++)
        {
            image.Write(Bytes.Numbered(i, 100));
        }
        using (var first = Open(image))
        {
            Assert.Equal([Bytes.Numbered(0, 100), Bytes.Numbered(1, 100)], Read(first, 2));
            Assert.Equal(0, first.CountUnread());
        }
        Assert.Equal(2 * RingImage.Span(100), image.Consumer);
        using var second = Open(image);

        Assert.Equal([Bytes.Numbered(2, 100), Bytes.Numbered(3, 100), Bytes.Numbered(4, 100)], Read(second));
    }

    [Fact]
    public void A_ring_that_is_more_than_half_full_is_moved_out_and_nothing_is_lost_or_told_twice()
    {
        using var image = new RingImage();
        var half = image.Size / 2 / (int)RingImage.Span(Length);
        using var reader = Open(image);
        var written = 0;
        // Ten times what the ring holds, while the pipeline sleeps.
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i <= half; i++)
            {
                image.Write(Bytes.Numbered(written++, Length));
            }
            Await(() => image.Producer - image.Consumer <= (ulong)image.Size / 2);
        }

        Assert.InRange(reader.CountUnread(), written - half, written);
        Assert.Equal(Enumerable.Range(0, written).Select(i => Bytes.Numbered(i, Length)), Read(reader));
        Assert.Equal(0, reader.CountUnread());
    }

    [Fact]
    public void A_ring_that_is_half_full_is_left_alone()
    {
        using var image = new RingImage();
        for (var i = 0; i < 4; i++)
        {
            image.Write(Bytes.Numbered(i, image.Size / 8 - RingImage.HeaderSize));
        }
        using var reader = Open(image);

        Assert.False(SpinWait.SpinUntil(() => image.Consumer != 0, TimeSpan.FromMilliseconds(200)));
        Assert.Equal(0, reader.CountUnread());
    }

    [Fact]
    public void Of_what_was_moved_out_those_that_were_thrown_away_are_not_counted()
    {
        using var image = new RingImage();
        for (var i = 0; i < 40; i++)
        {
            image.Write(Bytes.Numbered(i, Length), i % 2 == 0 ? RingImage.Discarded : 0);
        }
        using var reader = Open(image);
        Await(() => image.Producer - image.Consumer <= (ulong)image.Size / 8);

        // All but the last few, for which there is room enough.
        var moved = (int)(image.Consumer / RingImage.Span(Length));
        Assert.InRange(moved, 30, 40);
        Assert.Equal((moved / 2, 20 - moved / 2), (reader.CountUnread(), reader.CountInBuffer()));
        Assert.Equal(Bytes.Numbered(1, Length), Assert.Single(Read(reader, 1)));
        Assert.Equal((moved / 2 - 1, 20 - moved / 2), (reader.CountUnread(), reader.CountInBuffer()));
    }

    [Fact]
    public void A_ring_that_will_soon_be_full_is_moved_out_before_it_is_half_full()
    {
        using var image = new RingImage(1 << 20);
        using var reader = Open(image);
        var record = Bytes.Numbered(1, 100_000);
        var moved = 0;
        for (var attempt = 0; attempt < 50 && moved == 0; attempt++)
        {
            // Not quite half of the ring at once: at this rate it would be full in 20 ms, unless the reader's thread cannot look so soon.
            for (var i = 0; i < 5; i++)
            {
                image.Write(record);
            }
            SpinWait.SpinUntil(() => reader.CountUnread() > 0, TimeSpan.FromMilliseconds(200));
            moved = reader.CountUnread();
            Assert.Equal(5, Read(reader).Length);
        }

        Assert.InRange(moved, 1, 5);
    }

    [Fact]
    public void A_small_ring_that_is_never_empty_takes_no_more_memory_than_a_large_one()
    {
        using var image = new RingImage(4096);
        using var reader = Open(image);
        var before = Environment.WorkingSet;
        // Each record that is moved out makes room for the next one, so that there is always another.
        for (var written = 0; written < 20_000; written++)
        {
            Assert.True(SpinWait.SpinUntil(() => image.Producer + RingImage.Span(32) - image.Consumer <= (ulong)image.Size,
                TimeSpan.FromSeconds(30)), "The reader moves nothing out.");
            image.Write(Bytes.Numbered(1, 32));
        }

        Assert.InRange(reader.CountUnread(), 19_000, 20_000);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 40_000_000);
    }

    [Fact]
    public void A_record_that_is_being_written_keeps_the_reader_waiting_and_says_so()
    {
        using var image = new RingImage();
        using var reader = Open(image);
        Assert.False(reader.IsBeingWritten);
        var busy = image.Write(Bytes.Numbered(1, 30), RingImage.Busy);
        Assert.Empty(Read(reader));
        Assert.True(reader.IsBeingWritten);

        image.WriteHeader(busy, 30);

        Assert.Equal([Bytes.Numbered(1, 30)], Read(reader));
        Assert.False(reader.IsBeingWritten);
    }

    [Fact]
    public void A_ring_that_another_reader_has_disturbed_is_an_error_for_who_reads_and_not_only_for_who_moves_out()
    {
        using var image = new RingImage();
        using var reader = Open(image);
        image.Producer = (ulong)image.Size + 8; // more than half full, and impossible

        var error = Assert.Throws<BpfException>(() => Read(reader));
        Assert.Contains("Another reader", error.Message, StringComparison.Ordinal);
    }

    private static RingReader Open(RingImage image) => new(image.Descriptor(), (uint)image.Size);

    private static byte[][] Read(RingReader reader, int count = int.MaxValue)
    {
        var records = new List<byte[]>();
        while (records.Count < count && reader.TryRead(out var data, out var length))
        {
            records.Add(Bytes.At(data, length));
        }
        return [.. records];
    }

    private static void Await(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "nothing was moved out of the ring");
            Thread.Sleep(1);
        }
    }
}
