using System.Text;
using BpfPS.Stacks;

namespace BpfPS.Core.Tests.Stacks;

public class MemoryMapTests
{
    private const string Maps = """
        00400000-00401000 r--p 00000000 fe:00 10                                 /usr/bin/my program
        00401000-00402000 r-xp 00001000 fe:00 10                                 /usr/bin/my program
        00402000-00403000 rw-p 00001000 fe:00 10                                 /usr/bin/my program
        00403000-00404000 rw-p 00000000 00:00 0
        00700000-00800000 rw-p 00000000 00:00 0                                  [heap]
        7f0000000000-7f0000001000 r-xp 00001000 fe:00 10                         /usr/bin/my program
        7f0000010000-7f0000011000 r--p 00000000 fe:00 11                         /lib/a.so (deleted)
        7f0000011000-7f0000012000 r-xp 00001000 fe:00 11                         /lib/a.so (deleted)
        7f0000012000-7f0000013000 r--p 00000000 fe:00 11                         /lib/a.so (deleted)
        7f0000020000-7f0000021000 rwxs 00000000 00:01 99                         /memfd:doublemapper (deleted)
        7f0000030000-7f0000031000 r-xp 00002000 fe:00 12                         /lib/only\012part.so
        7fff00000000-7fff00002000 r-xp 00000000 00:00 0                          [vdso]

        """;

    private readonly MemoryMap _map = MemoryMap.Parse(Encoding.UTF8.GetBytes(Maps));

    [Fact]
    public void An_address_is_in_the_region_that_holds_it()
    {
        var region = _map.Find(0x401234);

        Assert.Equal(new MappedRegion(0x401000, 0x402000, 0x1000, true, 0xfe00000000, 10, "/usr/bin/my program"), region);
        Assert.Null(_map.Find(0x404000));
        Assert.Null(_map.Find(0));
        Assert.Null(_map.Find(ulong.MaxValue));
    }

    [Fact]
    public void The_regions_of_a_file_belong_together_until_it_is_mapped_once_more()
    {
        Assert.Equal(
            [(0x400000ul, 0x403000ul), (0x7f0000010000ul, 0x7f0000012000ul), (0x7f0000012000ul, 0x7f0000013000ul),
                (0x7f0000020000ul, 0x7f0000021000ul), (0x7fff00000000ul, 0x7fff00002000ul)],
            _map.Files.Select(file => (file.Start, file.End)));
    }

    [Fact]
    public void A_fragment_of_a_file_is_looked_up_in_the_whole_one()
    {
        Assert.Equal(0x401234ul, _map.InWholeFile(_map.Find(0x7f0000000234)!, 0x7f0000000234));
        Assert.Equal(0x401234ul, _map.InWholeFile(_map.Find(0x401234)!, 0x401234));
        Assert.Null(_map.InWholeFile(_map.Find(0x7f0000030010)!, 0x7f0000030010));
    }

    [Fact]
    public void What_a_region_is_shows_in_its_properties()
    {
        Assert.True(_map.Find(0x403000)!.IsAnonymous);
        Assert.True(_map.Find(0x700000)!.IsAnonymous);
        Assert.True(_map.Find(0x7f0000020000)!.IsAnonymous);
        Assert.True(_map.Find(0x7f0000011000)!.IsDeleted);
        Assert.False(_map.Find(0x7f0000011000)!.IsAnonymous);
        Assert.False(_map.Find(0x401000)!.IsDeleted);
        Assert.True(_map.Find(0x7fff00000000)!.IsVdso);
        Assert.Equal("/lib/only\npart.so", _map.Find(0x7f0000030000)!.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage\n")]
    [InlineData("00400000-00401000\n")]
    [InlineData("00400000-00401000 r-xp\n")]
    [InlineData("00401000-00400000 r-xp 00000000 fe:00 10 /backwards\n")]
    public void Lines_that_make_no_sense_are_left_out(string text) => Assert.True(MemoryMap.Parse(Encoding.UTF8.GetBytes(text)).IsEmpty);

    [Fact]
    public void The_same_text_is_noticed()
    {
        Assert.True(_map.IsSame(Encoding.UTF8.GetBytes(Maps)));
        Assert.False(_map.IsSame("other"u8));
    }
}
