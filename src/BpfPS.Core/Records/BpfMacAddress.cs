using System.Net.NetworkInformation;

namespace BpfPS;

/// <summary>
/// A MAC address of a record. It is a <see cref="PhysicalAddress"/> whose text is the one that Linux writes, and that has a property, so
/// that ConvertTo-Json of PowerShell has something to write.
/// </summary>
public sealed class BpfMacAddress : PhysicalAddress
{
    /// <summary>An address from its bytes.</summary>
    /// <param name="address">6 bytes, in the order in which they are sent.</param>
    public BpfMacAddress(byte[] address) : base(address)
    {
    }

    /// <summary>The address as text, such as 02:00:5e:10:00:ff.</summary>
    public string Address => string.Join(':', GetAddressBytes().Select(octet => $"{octet:x2}"));

    /// <inheritdoc cref="Address"/>
    public override string ToString() => Address;

    /// <summary>Reads an address. PowerShell calls it where an address is compared with text.</summary>
    /// <param name="address">Six bytes in hexadecimal, with ':', '-' or nothing between them.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static new BpfMacAddress Parse(string? address) => new(PhysicalAddress.Parse(address).GetAddressBytes());
}
