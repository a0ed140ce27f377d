using System.Net;
using System.Net.Sockets;
using Newtonsoft.Json;

namespace BpfPS;

/// <summary>
/// An IP address of a record. It is an <see cref="IPAddress"/> that keeps its meaning in JSON: ConvertTo-Json of PowerShell writes the
/// public properties of what it does not know, and those of an IPAddress lose an IPv6 address. Here only the text is left, by the name
/// that PowerShell has for it.
/// </summary>
public sealed class BpfIPAddress : IPAddress
{
    /// <summary>An address from its bytes.</summary>
    /// <param name="address">4 or 16 bytes in network order.</param>
    public BpfIPAddress(ReadOnlySpan<byte> address) : base(address)
    {
    }

    /// <summary>The address as text, such as 192.0.2.1 or 2001:db8::1.</summary>
    public string IPAddressToString => ToString();

    /// <inheritdoc cref="IPAddress.AddressFamily"/>
    [JsonIgnore]
    public new AddressFamily AddressFamily => base.AddressFamily;

    /// <inheritdoc cref="IPAddress.IsIPv4MappedToIPv6"/>
    [JsonIgnore]
    public new bool IsIPv4MappedToIPv6 => base.IsIPv4MappedToIPv6;

    /// <inheritdoc cref="IPAddress.IsIPv6LinkLocal"/>
    [JsonIgnore]
    public new bool IsIPv6LinkLocal => base.IsIPv6LinkLocal;

    /// <inheritdoc cref="IPAddress.IsIPv6Multicast"/>
    [JsonIgnore]
    public new bool IsIPv6Multicast => base.IsIPv6Multicast;

    /// <inheritdoc cref="IPAddress.IsIPv6SiteLocal"/>
    [JsonIgnore]
    public new bool IsIPv6SiteLocal => base.IsIPv6SiteLocal;

    /// <inheritdoc cref="IPAddress.IsIPv6Teredo"/>
    [JsonIgnore]
    public new bool IsIPv6Teredo => base.IsIPv6Teredo;

    /// <inheritdoc cref="IPAddress.IsIPv6UniqueLocal"/>
    [JsonIgnore]
    public new bool IsIPv6UniqueLocal => base.IsIPv6UniqueLocal;

    /// <inheritdoc cref="IPAddress.ScopeId"/>
    [JsonIgnore]
    public new long ScopeId => base.ScopeId;

    /// <summary>The four bytes of an IPv4 address as a number; an error for IPv6, as in the base class, which calls it obsolete.</summary>
    [JsonIgnore]
    public new long Address => BitConverter.ToUInt32(GetAddressBytes().Length == 4 ? GetAddressBytes()
        : throw new SocketException((int)SocketError.OperationNotSupported));

    /// <summary>Reads an address. PowerShell calls it where an address is compared with text.</summary>
    /// <param name="ipString">An IPv4 or IPv6 address.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static new BpfIPAddress Parse(string ipString) => new(IPAddress.Parse(ipString).GetAddressBytes());
}
