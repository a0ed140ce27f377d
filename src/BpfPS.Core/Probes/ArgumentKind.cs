namespace BpfPS.Probes;

/// <summary>What an argument of a probe is, and so how it is read and shown.</summary>
internal enum ArgumentKind
{
    /// <summary>No way to read it is known, such as an array without a length at the end of an event.</summary>
    Opaque,
    /// <summary>A whole number of 1, 2, 4 or 8 bytes; an enum or flags if it has names.</summary>
    Number,
    /// <summary>A number of which only zero and not zero matter: C's bool.</summary>
    Boolean,
    /// <summary>One byte that the kernel prints as a character.</summary>
    Character,
    /// <summary>Text in place: an array of characters that ends at the first NUL, or at its end.</summary>
    Text,
    /// <summary>Numbers in place: an array of <see cref="ProbeArgument.Count"/> elements of one size.</summary>
    Numbers,
    /// <summary>Bytes in place that are not text.</summary>
    Bytes,
    /// <summary>
    /// Text of any length elsewhere in the event. The place has four bytes that say where: the lower half is the distance from the start
    /// of the event, the upper half the number of bytes with the NUL at the end ("__data_loc").
    /// </summary>
    LocatedText,
    /// <summary>Numbers elsewhere in the event; the place is as that of <see cref="LocatedText"/>.</summary>
    LocatedNumbers,
    /// <summary>Bytes elsewhere in the event that are not text; the place is as that of <see cref="LocatedText"/>.</summary>
    LocatedBytes,
    /// <summary>A set of CPUs elsewhere in the event, one bit for each; the place is as that of <see cref="LocatedText"/>.</summary>
    LocatedBits,
    /// <summary>A socket address elsewhere in the event; the place is as that of <see cref="LocatedText"/>.</summary>
    LocatedSocketAddress,
    /// <summary>The address of text in the memory of the process, which ends in NUL.</summary>
    UserText,
    /// <summary>The address of a list of addresses of text in the memory of the process, which ends in a null pointer: argv.</summary>
    UserTextList,
    /// <summary>The address of bytes in the memory of the process; <see cref="ProbeArgument.LengthArgument"/> says how many.</summary>
    UserBytes,
    /// <summary>The address of one number of <see cref="ProbeArgument.ElementSize"/> bytes in the memory of the process.</summary>
    UserNumber,
    /// <summary>The address of a struct in the memory of the process; <see cref="ProbeArgument.StructName"/> names it.</summary>
    UserStruct,
    /// <summary>The address of a socket address in the memory of the process.</summary>
    UserSocketAddress,
    /// <summary>The address of text in the kernel, which ends in NUL.</summary>
    KernelText,
    /// <summary>The address of one number of <see cref="ProbeArgument.ElementSize"/> bytes in the kernel.</summary>
    KernelNumber,
    /// <summary>The address of a struct in the kernel; <see cref="ProbeArgument.StructName"/> names it.</summary>
    KernelStruct,
    /// <summary>A struct in place, or handed over by value; <see cref="ProbeArgument.StructName"/> names it.</summary>
    Struct,
    /// <summary>Any other address.</summary>
    Address,
    /// <summary>The address of a function or of an instruction in the kernel: it has a symbol.</summary>
    FunctionAddress,
    /// <summary>An IPv4 address in place, four bytes in network order.</summary>
    IPv4,
    /// <summary>An IPv6 address in place, sixteen bytes in network order.</summary>
    IPv6,
    /// <summary>An Ethernet address in place, six bytes.</summary>
    Mac,
    /// <summary>A UUID in place, sixteen bytes.</summary>
    Uuid,
    /// <summary>A socket address in place, with its family in the first two bytes.</summary>
    SocketAddress,
    /// <summary>A device number as the kernel keeps it: the minor number in the lower 20 bits.</summary>
    Device,
    /// <summary>
    /// The flags of open(2). The lowest two bits are one of three names and not flags: O_RDONLY, O_WRONLY, O_RDWR.
    /// </summary>
    OpenFlags,
    /// <summary>The type and permissions of a file, which people write in octal.</summary>
    FileMode,
    /// <summary>What a system call returned: below zero and not below -4095, it is an errno.</summary>
    SystemCallResult,
    /// <summary>A number as <see cref="Number"/> that a system call returned, or an address: of the last 4095, it is an errno.</summary>
    AddressResult,
}
