using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfPS.Stacks;

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
            Thread.Sleep(200);

            Assert.False(listener.Pending());
        }
        finally
        {
            Assert.Equal(0, unsetenv("DEBUGINFOD_URLS"));
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unsetenv(string name);
}
