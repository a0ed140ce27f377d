using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class Crc32Tests
{
    [Fact]
    public void The_checksum_is_the_one_that_zlib_has() => Assert.Equal(0xcbf43926, Crc32.Of("123456789"u8));

    [Fact]
    public void Nothing_has_the_checksum_zero() => Assert.Equal(0u, Crc32.Of([]));
}
