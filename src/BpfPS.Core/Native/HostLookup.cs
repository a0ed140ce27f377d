using System.Net;
using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>The C library's functions that find the address of a host, with their own results: .NET shows only some of them.</summary>
internal static unsafe partial class HostLookup
{
    private const string Library = "libc";

    /// <summary>AI_NUMERICHOST: the name has to be an address already, so that nobody is asked for it.</summary>
    public const int NumericOnly = 4;

    /// <summary>AF_UNSPEC: addresses of any family.</summary>
    public const int AnyFamily = 0;

    /// <summary>AF_INET.</summary>
    public const int Ipv4 = 2;

    /// <summary>AF_INET6.</summary>
    public const int Ipv6 = 10;

    /// <summary>Calls getaddrinfo().</summary>
    /// <param name="host">The name; null for this machine.</param>
    /// <param name="service">A service or port; null for none.</param>
    /// <param name="flags">AI_ flags.</param>
    /// <param name="family">An address family.</param>
    /// <returns>What it returns, and the first address; null if there is none.</returns>
    public static (int Result, IPAddress? First) AddressInfo(string? host, string? service, int flags, int family)
    {
        var hints = new Info { Flags = flags, Family = family };
        var result = getaddrinfo(host, service, &hints, out var list);
        if (result != 0)
        {
            return (result, null);
        }
        try
        {
            // A struct sockaddr_in or sockaddr_in6: the address is behind the port, and for IPv6 behind a number more.
            return (0, list->Family == Ipv4 ? new IPAddress(new ReadOnlySpan<byte>(list->Address + 4, 4))
                : new IPAddress(new ReadOnlySpan<byte>(list->Address + 8, 16)));
        }
        finally
        {
            freeaddrinfo(list);
        }
    }

    /// <summary>Calls gethostbyname(), or gethostbyname2() for a family.</summary>
    /// <param name="host">The name.</param>
    /// <param name="family">An address family; null for the function that does not take one.</param>
    /// <returns>The first address; null if there is none.</returns>
    public static IPAddress? HostByName(string host, int? family)
    {
        var entry = family is { } one ? gethostbyname2(host, one) : gethostbyname(host);
        return entry is null ? null : new IPAddress(new ReadOnlySpan<byte>(entry->Addresses[0], entry->Length));
    }

    // struct addrinfo of netdb.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public int Flags;
        public int Family;
        public int Type;
        public int Protocol;
        public uint Length;
        public byte* Address;
        public byte* Name;
        public Info* Next;
    }

    // struct hostent of netdb.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public byte* Name;
        public byte** Aliases;
        public int Family;
        public int Length;
        public byte** Addresses;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getaddrinfo(string? host, string? service, Info* hints, out Info* list);
    [LibraryImport(Library)] private static partial void freeaddrinfo(Info* list);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial Entry* gethostbyname(string host);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Entry* gethostbyname2(string host, int family);
}
