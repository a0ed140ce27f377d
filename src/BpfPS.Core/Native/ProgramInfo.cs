using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>struct bpf_prog_info (include/uapi/linux/bpf.h). Pointer members request arrays, and their counts are next to them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramInfo
{
    public uint Type;
    public uint Id;
    public fixed byte Tag[8];
    public uint JitedLength;
    public uint TranslatedLength;
    public ulong JitedInstructions;
    public ulong TranslatedInstructions;
    public ulong LoadTime;
    public uint CreatedByUserId;
    public uint MapIdCount;
    public ulong MapIds;
    public fixed byte Name[16];
    public uint InterfaceIndex;
    public uint GplCompatible;
    public ulong NetworkNamespaceDevice;
    public ulong NetworkNamespaceInode;
    public uint JitedKsymCount;
    public uint JitedFunctionLengthCount;
    public ulong JitedKsyms;
    public ulong JitedFunctionLengths;
    public uint BtfId;
    public uint FunctionInfoRecordSize;
    public ulong FunctionInfo;
    public uint FunctionInfoCount;
    public uint LineInfoCount;
    public ulong LineInfo;
    public ulong JitedLineInfo;
    public uint JitedLineInfoCount;
    public uint LineInfoRecordSize;
    public uint JitedLineInfoRecordSize;
    public uint TagCount;
    public ulong Tags;
    public ulong RunTimeNanoseconds;
    public ulong RunCount;
    public ulong RecursionMisses;
    public uint VerifiedInstructions;
    public uint AttachBtfObjectId;
    public uint AttachBtfId;
}
