namespace BpfPS.Btf;

#pragma warning disable CS1591 // the names are the kernel's own

/// <summary>The question that code asks about a kernel type (enum bpf_core_relo_kind).</summary>
public enum BtfRelocationKind : uint
{
    FieldByteOffset = 0, FieldByteSize = 1, FieldExists = 2, FieldSigned = 3, FieldLeftShift = 4, FieldRightShift = 5, TypeIdLocal = 6,
    TypeIdTarget = 7, TypeExists = 8, TypeSize = 9, EnumeratorExists = 10, EnumeratorValue = 11, TypeMatches = 12,
}
