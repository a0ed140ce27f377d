using BpfPS.Measuring;

namespace BpfPS.Core.Tests.Measuring;

public class GroupTableTests
{
    [Fact]
    public void Equal_keys_are_one_group_and_others_are_not()
    {
        var random = new Random(1);
        var table = new GroupTable(limit: 200_000);
        var expected = new Dictionary<string, int>();
        for (var i = 0; i < 200_000; i++)
        {
            // Keys of all lengths, with zeros in them and at their ends, of which many begin alike.
            var key = new byte[random.Next(0, 14)];
            for (var at = 0; at < key.Length; at++)
            {
                key[at] = (byte)random.Next(3);
            }
            var group = table.Find(key, out var isNew);
            Assert.Equal(expected.TryAdd(Convert.ToHexString(key), expected.Count), isNew);
            Assert.Equal(expected[Convert.ToHexString(key)], group);
        }
        Assert.Equal(expected.Count, table.Count);
        Assert.InRange(expected.Count, 10_000, 199_999);
    }

    [Fact]
    public void No_group_is_made_beyond_the_limit()
    {
        var table = new GroupTable(limit: 2);

        Assert.Equal([0, 1, -1, 0], new byte[] { 1, 2, 3, 1 }.Select(key => table.Find([key], out _)));
        table.Clear();
        Assert.Equal(0, table.Find([3], out var isNew));
        Assert.True(isNew);
    }
}
