using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfPS.Stacks;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Stacks;

public sealed partial class NoNetworkTests
{
    [Fact]
    public void Missing_debug_information_is_never_asked_for_over_the_network()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // Where elfutils looks is the C environment, which .NET does not change.
        Assert.Equal(0, setenv("DEBUGINFOD_URLS", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/", 1));
        // So that this fails soon when it fails: nobody answers at that address.
        Assert.Equal(0, setenv("DEBUGINFOD_TIMEOUT", "1", 1));
        Assert.Equal(0, setenv("DEBUGINFOD_RETRY_LIMIT", "0", 1));
        try
        {
            using var folder = new TargetFolder();
            var program = folder.Compile("target", "-Wl,--build-id=sha1");
            Commands.Run("strip", program);
            using var process = new TargetProcess(program);
            using var symbols = new UserSymbols();
            Assert.SkipUnless(symbols.HasLibDw, "this machine has no libdw.so.1 (Debian: libdw1)");
            Assert.Null(symbols.Resolve(process.Id, process["caller"]).Function);
            Assert.False(listener.Pending());

            // elfutils connects before it returns, as its own client shows, with the same environment.
            AskOverTheNetwork();
            Assert.True(listener.Pending(), "the witness asked nobody: this test tests nothing");
        }
        finally
        {
            Assert.Equal(0, unsetenv("DEBUGINFOD_URLS"));
        }
    }

    private static void AskOverTheNetwork()
    {
        Machine.Require(NativeLibrary.TryLoad("libdebuginfod.so.1", out _), "elfutils' client is not installed (Debian: libdebuginfod1)");
        var client = debuginfod_begin();
        Assert.NotEqual(0, client);
        // A build id that no file has, for its cache knows the others.
        Assert.True(debuginfod_find_debuginfo(client, Guid.NewGuid().ToString("N"), 0, 0) < 0);
        debuginfod_end(client);
    }

    [LibraryImport("libdebuginfod.so.1")]
    private static partial nint debuginfod_begin();

    [LibraryImport("libdebuginfod.so.1")]
    private static partial void debuginfod_end(nint client);

    // With a length of zero the build id is text in hexadecimal.
    [LibraryImport("libdebuginfod.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int debuginfod_find_debuginfo(nint client, string buildId, int length, nint path);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
