using BpfPS.Compilation;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Compilation;

/// <summary>The cache as root: what is loaded from it was made by root, whoever changes the way to it meanwhile.</summary>
public sealed class CacheTrustTests : IDisposable
{
    private const int Nobody = 65534;

    private readonly CompileDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("of their own")]
    [InlineData("that everybody shares, like /tmp")]
    public void Nobody_elses_object_is_returned_while_another_user_swaps_the_directory(string kind)
    {
        CompileDirectory.Require();
        var swap = CProgram.Compile("Compilation/swap.c");
        var source = _place.Source("int number = 1;\n");
        // The file must be two seconds old for the record of it to be used, which is what somebody would forge.
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddMinutes(-1));
        Directory.SetLastWriteTimeUtc(_place.Path, DateTime.UtcNow.AddMinutes(-1));
        File.SetUnixFileMode(_place.Path, (UnixFileMode)0b111_101_101);
        var shared = Directory.CreateDirectory($"{_place.Path}/way").FullName;
        var ours = Directory.CreateDirectory($"{_place.Path}/ours").FullName;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", ours);
        var good = File.ReadAllBytes(BpfCompiler.Compile(source).FilePath);
        Assert.True(BpfCompiler.Compile(source).FromCache);

        // Another user has the same cache, with another object in it.
        var theirs = $"{_place.Path}/theirs";
        Command.Output("cp", "-a", ours, theirs);
        var bad = good.ToArray();
        bad[^1] ^= 1;
        File.WriteAllBytes(Directory.GetFiles(theirs, "source.bpf.o", SearchOption.AllDirectories).Single(), bad);
        Command.Output("chown", "-R", $"{Nobody}", theirs);
        if (kind == "of their own")
        {
            Command.Output("chown", $"{Nobody}", shared);
        }
        else
        {
            File.SetUnixFileMode(shared, (UnixFileMode)0b001_111_111_111);
        }
        using var other = new Child(swap, $"{Nobody}", $"{shared}/cache", ours, theirs);
        Assert.Equal("swapping", other.Hear());
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", $"{shared}/cache");

        for (var build = 0; build < 250; build++)
        {
            var built = BpfCompiler.Compile(source);

            Assert.Equal(good, File.ReadAllBytes(built.FilePath));
            Assert.StartsWith("0 ", Command.Output("stat", "-c", "%u %n", built.FilePath), StringComparison.Ordinal);
        }
        Assert.True(BpfCompiler.Compile(source).FromCache);
    }

    [Fact]
    public void An_object_in_the_cache_that_another_user_owns_or_can_write_is_compiled_anew()
    {
        CompileDirectory.Require();
        var source = _place.Source("int number = 2;\n");
        var built = BpfCompiler.Compile(source).FilePath;
        var good = File.ReadAllBytes(built);
        File.WriteAllBytes(built, [.. good.Reverse()]);
        Command.Output("chown", $"{Nobody}", built);

        Assert.False(BpfCompiler.Compile(source).FromCache);

        Assert.Equal(good, File.ReadAllBytes(built));
        File.SetUnixFileMode(built, (UnixFileMode)0b110_110_110);
        Assert.False(BpfCompiler.Compile(source).FromCache);
        Assert.Equal("600\n", Command.Output("stat", "-c", "%a", built));
    }

    [Fact]
    public void A_link_of_ones_own_to_another_place_is_followed()
    {
        CompileDirectory.Require();
        var real = Directory.CreateDirectory($"{_place.Path}/real").FullName;
        Directory.CreateSymbolicLink($"{_place.Path}/absolute", real);
        Directory.CreateSymbolicLink($"{_place.Path}/relative", "../" + Path.GetFileName(_place.Path) + "/./absolute");
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", $"{_place.Path}/relative");

        Assert.StartsWith($"{real}/bpfps/", BpfCompiler.Compile(_place.Source("int number = 3;\n")).FilePath, StringComparison.Ordinal);

        Directory.CreateSymbolicLink($"{_place.Path}/round", "round");
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", $"{_place.Path}/round");
        Assert.Equal(BpfErrorKind.OperationFailed,
            Assert.Throws<BpfException>(() => BpfCompiler.Compile(_place.Source("int number = 3;\n"))).Kind);
    }

    [Fact]
    public void What_was_used_the_longest_ago_goes_when_the_cache_is_too_large_or_too_old_and_what_is_in_use_stays()
    {
        CompileDirectory.Require();
        var root = Directory.CreateDirectory($"{_place.Cache}/bpfps").FullName;
        File.SetUnixFileMode(_place.Cache, (UnixFileMode)0b111_000_000);
        var half = CacheDirectory.LargestSize / 2 + 1;
        Make("new", half, TimeSpan.FromMinutes(1));
        Make("fits", 1000, TimeSpan.FromHours(1));
        Make("too-much", half, TimeSpan.FromHours(2));
        Make("small", 1000, TimeSpan.FromHours(3));
        Make("old", 1000, TimeSpan.FromDays(91));
        Make("old-and-open", 1000, TimeSpan.FromDays(91));
        using var holder = new Child("flock", "--shared", $"{root}/old-and-open", "sh", "-c", "echo held; cat");
        Assert.Equal("held", holder.Hear());

        CacheDirectory.ClearOld();

        Assert.Equal(["fits", "new", "old-and-open", "small"],
            Directory.GetDirectories(root).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        void Make(string name, long size, TimeSpan unused)
        {
            Directory.CreateDirectory($"{root}/{name}");
            using (var file = File.Create($"{root}/{name}/file"))
            {
                file.SetLength(size);
            }
            Directory.SetLastWriteTimeUtc($"{root}/{name}", DateTime.UtcNow - unused);
        }
    }
}
