using BpfPS.Core.Tests.Support;
using BpfPS.Events;

namespace BpfPS.Core.Tests.Events;

/// <summary>The reader of a ring buffer, over an image of the kernel's memory: what takes luck to meet in a live ring.</summary>
public class RingBufferTests
{
    private const int Capacity = 1 << 14;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(4095)]
    public void A_record_is_as_long_as_it_was_written(int length)
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, length));
        image.Write(Data(2, 3));

        Assert.Equal([Data(1, length), Data(2, 3)], Take(ring));
        Assert.Equal((0UL, RingImage.Span(length) + RingImage.Span(3)), (ring.Available, ring.Position));
    }

    [Fact]
    public void A_record_that_fills_the_whole_ring_is_read_in_one_piece()
    {
        using var image = new RingImage(position: 1 << 12);
        using var ring = image.Open();
        var data = Data(1, image.Size - RingImage.HeaderSize);
        image.Write(data);
        var block = new EventBlock(16); // much too small: it is made as large as the record needs

        Assert.True(ring.Take(block));
        Assert.Equal([data], Records(block));
    }

    [Theory]
    [InlineData(8)] // the header is the last of the ring, and the data the first
    [InlineData(16)]
    [InlineData(504)]
    public void A_record_over_the_end_of_the_ring_is_whole(int before)
    {
        using var image = new RingImage(position: (5UL << 32) - (ulong)before); // the positions of a long life do not fit into 32 bits
        using var ring = image.Open();
        image.Write(Data(1, 500));
        image.Write(Data(2, 500));

        Assert.Equal([Data(1, 500), Data(2, 500)], Take(ring));
    }

    [Fact]
    public void A_record_that_is_still_being_written_is_waited_for_with_all_that_come_after_it()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 20));
        var busy = image.Write(Data(2, 20), RingImage.Busy);
        image.Write(Data(3, 20));
        Assert.Equal([Data(1, 20)], Take(ring));
        Assert.Empty(Take(ring));
        Assert.Equal(2 * RingImage.Span(20), ring.Available);

        image.WriteHeader(busy, 20);

        Assert.Equal([Data(2, 20), Data(3, 20)], Take(ring));
    }

    [Fact]
    public void A_record_that_was_thrown_away_is_passed_over_and_its_room_given_back()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 40), RingImage.Discarded);
        image.Write(Data(2, 20));
        image.Write(Data(3, 60), RingImage.Discarded);
        var block = new EventBlock(Capacity);

        Assert.True(ring.Take(block));
        Assert.Equal(1, block.CountUnread());
        Assert.Equal([Data(2, 20)], Records(block));
        ring.Commit(ring.Position);
        Assert.Equal(image.Producer, image.Consumer);
    }

    [Fact]
    public void A_record_that_is_thrown_away_after_a_while_is_waited_for_and_then_passed_over()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        var busy = image.Write(Data(1, 20), RingImage.Busy);
        image.Write(Data(2, 20));
        Assert.Empty(Take(ring));

        image.WriteHeader(busy, 20 | RingImage.Discarded);

        Assert.Equal([Data(2, 20)], Take(ring));
    }

    [Fact]
    public void Room_is_given_back_when_it_is_said_and_not_when_it_is_read()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 20));
        image.Write(Data(2, 20));
        Assert.Equal(2, Take(ring).Length);
        Assert.Equal(0UL, image.Consumer);

        ring.Commit(RingImage.Span(20));
        Assert.Equal(RingImage.Span(20), image.Consumer);
        ring.Commit(ring.Position);
        ring.Commit(RingImage.Span(20)); // never backwards
        Assert.Equal(ring.Position, image.Consumer);
    }

    [Fact]
    public void More_than_a_block_holds_comes_in_several_and_no_record_in_two()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        for (var i = 0; i < 10; i++)
        {
            image.Write(Data(i, 100));
        }
        var block = new EventBlock(3 * (int)RingImage.Span(100) + 50);
        var counts = new List<int>();
        while (ring.Take(block))
        {
            counts.Add(Records(block).Length);
        }

        Assert.Equal([3, 3, 3, 1], counts);
        Assert.Equal(3 * (int)RingImage.Span(100) + 50, block.Capacity);
    }

    [Fact]
    public void A_ring_is_read_from_where_the_last_reader_ended()
    {
        using var image = new RingImage();
        image.Write(Data(1, 20));
        image.Write(Data(2, 20));
        image.Consumer = RingImage.Span(20);
        using var ring = image.Open();

        Assert.Equal([Data(2, 20)], Take(ring));
    }

    [Fact]
    public void What_a_second_reader_has_read_is_not_read_again()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        for (var i = 0; i < 4; i++)
        {
            image.Write(Data(i, 20));
        }
        image.Consumer = 3 * RingImage.Span(20);

        Assert.Equal([Data(3, 20)], Take(ring));
    }

    [Fact]
    public void A_second_reader_is_never_gone_behind()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 20));
        image.Write(Data(2, 20));
        Assert.Equal(2, Take(ring).Length);
        image.Write(Data(3, 20));
        image.Consumer = image.Producer; // it has read all three meanwhile

        ring.Commit(ring.Position);

        Assert.Equal(image.Producer, image.Consumer);
        Assert.Empty(Take(ring));
    }

    [Fact]
    public void What_was_taken_is_not_taken_again_when_a_second_reader_has_read_a_part_of_it()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 20));
        image.Write(Data(2, 20));
        Assert.Equal(2, Take(ring).Length);
        image.Consumer = RingImage.Span(20);
        image.Write(Data(3, 20));

        Assert.Equal([Data(3, 20)], Take(ring));
    }

    [Theory]
    [InlineData(200)] // a length that leads beyond the last record
    [InlineData(0x3fffffff)]
    public void Bytes_that_are_not_the_header_that_was_there_are_an_error_and_not_read(uint header)
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 100));
        image.WriteHeader(0, header);

        Disturbed(() => Take(ring));
    }

    [Fact]
    public void What_waits_is_counted_without_what_was_thrown_away_is_being_written_or_is_no_record()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Write(Data(1, 20));
        image.Write(Data(2, 20), RingImage.Discarded);
        image.Write(Data(3, 20));
        var busy = image.Write(Data(4, 20), RingImage.Busy);
        image.Write(Data(5, 20));
        Assert.Equal(2, ring.Count(ring.Position));

        image.WriteHeader(busy, 20);
        Assert.Equal((4, 2), (ring.Count(ring.Position), ring.Count(3 * RingImage.Span(20))));

        image.WriteHeader(busy, 0x3fffffff);
        Assert.Equal(2, ring.Count(ring.Position));
        image.Consumer = 2 * RingImage.Span(20); // another reader has the first two
        Assert.Equal(1, ring.Count(ring.Position));
    }

    [Fact]
    public void A_producer_that_is_further_than_the_ring_is_long_is_an_error()
    {
        using var image = new RingImage();
        using var ring = image.Open();
        image.Producer = (ulong)image.Size + 8;

        Disturbed(() => Take(ring));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_written_comes_once_in_order_and_whole(int seed)
    {
        // Many times around a small ring, with records of all lengths, some thrown away, and room given back late.
        var random = new Random(seed);
        using var image = new RingImage(size: 1 << 12, position: (1UL << 32) - 4096);
        using var ring = image.Open();
        var block = new EventBlock(600);
        var written = new List<byte[]>();
        var read = new List<byte[]>();
        for (var i = 0; i < 5000; i++)
        {
            var data = Data(i, random.Next(300));
            while (image.Producer + RingImage.Span(data.Length) - image.Consumer > (ulong)image.Size)
            {
                if (ring.Take(block))
                {
                    read.AddRange(Records(block));
                }
                ring.Commit(ring.Position);
            }
            var isDiscarded = random.Next(5) == 0;
            image.Write(data, isDiscarded ? RingImage.Discarded : 0);
            if (!isDiscarded)
            {
                written.Add(data);
            }
        }
        while (ring.Take(block))
        {
            read.AddRange(Records(block));
        }

        Assert.True(image.Producer > (1UL << 32) + 100_000, "the ring was hardly gone around");
        Assert.Equal(written, read);
    }

    private static void Disturbed(Func<byte[][]> take)
    {
        var error = Assert.Throws<BpfException>(take);
        Assert.Equal(BpfErrorKind.OperationFailed, error.Kind);
        Assert.Contains("Another reader", error.Message, StringComparison.Ordinal);
    }

    private static byte[][] Take(RingBuffer ring)
    {
        var block = new EventBlock(Capacity);
        return ring.Take(block) ? Records(block) : [];
    }

    private static byte[][] Records(EventBlock block)
    {
        var records = new List<byte[]>();
        while (block.TryRead(out var data, out var length))
        {
            records.Add(Bytes.At(data, length));
        }
        return [.. records];
    }

    private static byte[] Data(int number, int length) => Bytes.Numbered(number, length);
}
