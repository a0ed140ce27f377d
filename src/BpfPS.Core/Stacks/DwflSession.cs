using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfPS.Native;
using Microsoft.Win32.SafeHandles;

namespace BpfPS.Stacks;

/// <summary>
/// libdw's view of one process: its mapped files, which are opened and read only to look up an address in them.
/// </summary>
/// <remarks>
/// libdw gets the mapped files from our own reading of /proc/PID/maps, not from dwfl_linux_proc_report, whose find_elf opens
/// paths in our mount namespace. For a process in a container, that would be another file or none.
/// Nothing comes from the network. dwfl_standard_find_debuginfo would ask the servers in DEBUGINFOD_URLS, a variable that .NET
/// cannot safely remove from the C environment, so the callback here only searches in its two local ways: by build id
/// under /usr/lib/debug, and by debug link.
/// Not thread-safe: the caller holds the lock for libdw. Unsafe code, because the callbacks are C functions.
/// </remarks>
// unsafe: handles live until the session is disposed, and nothing uses them later; out parameters are locals.
internal sealed unsafe class DwflSession : IDisposable
{
    private const int NotFound = -1;

    // libdw calls back on the thread that called it. User data in a Dwfl_Module would have to be freed, so the session is here.
    [ThreadStatic] private static DwflSession? t_current;

    private static readonly DwflCallbacks* Callbacks = MakeCallbacks();

    private readonly uint _processId;
    private readonly DwflHandle _dwfl;
    private readonly Dictionary<ulong, MappedRegion> _files = [];
    private readonly Dictionary<MappedRegion, string> _failures = [];
    private readonly Dictionary<nint, SymbolIndex> _symbols = [];
    private readonly Dictionary<nint, CompileUnitIndex> _units = [];
    private readonly Dictionary<nint, string> _sourceFiles = [];

    /// <summary>Starts a session; <see cref="LibDw.IsAvailable"/> must be true.</summary>
    public DwflSession(uint processId)
    {
        _processId = processId;
        _dwfl = new DwflHandle(LibDw.dwfl_begin(Callbacks));
    }

    /// <summary>Tells libdw which files are mapped now. Files from before keep the data read from them.</summary>
    public void Report(MemoryMap map)
    {
        if (_dwfl.IsInvalid)
        {
            return;
        }
        _files.Clear();
        // All three hold pointers into modules that may disappear now.
        _symbols.Clear();
        _units.Clear();
        _sourceFiles.Clear();
        LibDw.dwfl_report_begin(_dwfl);
        foreach (var file in map.Files)
        {
            _files[file.Start] = file.First;
            LibDw.dwfl_report_module(_dwfl, file.Identity, file.Start, file.End);
        }
        LibDw.dwfl_report_end(_dwfl, 0, 0);
        // libdw does not retry a file that it failed to open, so the reason is kept as long as the file is mapped.
        foreach (var gone in _failures.Keys.Where(region => !_files.TryGetValue(region.Start, out var file) || file != region).ToArray())
        {
            _failures.Remove(gone);
        }
    }

    /// <summary>Looks an address up.</summary>
    public UserSymbol Find(ulong address)
    {
        if (_dwfl.IsInvalid)
        {
            return new UserSymbol { Reason = "libdw could not start (out of memory)" };
        }
        t_current = this;
        try
        {
            var module = LibDw.dwfl_addrmodule(_dwfl, address);
            return module == 0 ? new UserSymbol { Reason = "libdw does not know a file at this address" } : Find(module, address);
        }
        finally
        {
            t_current = null;
        }
    }

    public void Dispose() => _dwfl.Dispose();

    private UserSymbol Find(nint module, ulong address)
    {
        ulong bias;
        if (LibDw.dwfl_module_getelf(module, &bias) == 0)
        {
            return new UserSymbol { Reason = ReasonFor(module) };
        }
        if (!_symbols.TryGetValue(module, out var symbols))
        {
            _symbols[module] = symbols = new SymbolIndex(module);
        }
        var found = symbols.TryFind(address, out var name, out var start);
        var (file, line) = FindLine(module, address);
        return new UserSymbol
        {
            Name = found ? name : null,
            Offset = found ? address - start : 0,
            ModuleAddress = address - bias,
            SourceFile = file,
            SourceLine = line,
            Reason = found ? null
                : "the file has no symbol for this address; it may be stripped, and its debug information is not installed",
        };
    }

    private string ReasonFor(nint module)
    {
        var error = LibDw.LastError();
        ulong start;
        LibDw.dwfl_module_info(module, 0, &start, null, null, null, 0, 0);
        return _files.TryGetValue(start, out var file) && _failures.TryGetValue(file, out var reason)
            ? reason
            : $"the mapped file cannot be read as ELF: {error ?? "unknown error"}";
    }

    private (string? File, int? Line) FindLine(nint module, ulong address)
    {
        int number;
        var line = LibDw.dwfl_module_getsrc(module, address);
        if (line != 0)
        {
            var source = LibDw.dwfl_lineinfo(line, null, &number, null, null, null);
            return (SourceFile(source), number > 0 ? number : null);
        }
        // getsrc finds compile units only through .debug_aranges, which clang does not write.
        if (!_units.TryGetValue(module, out var units))
        {
            _units[module] = units = new CompileUnitIndex(module);
        }
        line = units.FindLine(address);
        return line != 0 && LibDw.dwarf_lineno(line, &number) == 0
            ? (SourceFile(LibDw.dwarf_linesrc(line, null, null)), number > 0 ? number : null)
            : (null, null);
    }

    // libdw returns the same pointer for the same file, and there are few files but many lines.
    private string? SourceFile(nint pointer)
    {
        if (pointer == 0)
        {
            return null;
        }
        if (!_sourceFiles.TryGetValue(pointer, out var text))
        {
            _sourceFiles[pointer] = text = Marshal.PtrToStringUTF8(pointer)!;
        }
        return text;
    }

    private static DwflCallbacks* MakeCallbacks()
    {
        var callbacks = (DwflCallbacks*)NativeMemory.AllocZeroed((nuint)sizeof(DwflCallbacks));
        callbacks->FindElf = &FindElf;
        callbacks->FindDebugInfo = &FindDebugInfo;
        return callbacks;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FindElf(nint module, nint* userData, byte* moduleName, ulong start, byte** fileName, nint* elf)
    {
        try
        {
            if (t_current is not { } session || !session._files.TryGetValue(start, out var file))
            {
                return NotFound;
            }
            if (file.IsVdso)
            {
                // There is no file, but elfutils reads the vDSO from the process's memory under this name.
                return LibDw.dwfl_linux_proc_find_elf(module, userData, $"[vdso: {session._processId}]", start, fileName, elf);
            }
            var handle = ProcessFiles.OpenMapped(session._processId, file, out var reason);
            if (handle is null)
            {
                session._failures[file] = reason!;
                return NotFound;
            }
            return HandOver(handle, file.Path, fileName);
        }
        catch (Exception)
        {
            return NotFound; // An exception that leaves a native callback ends the process.
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FindDebugInfo(nint module, nint* userData, byte* moduleName, ulong start, byte* file, byte* debugLink, uint checksum,
        byte** debugFileName)
    {
        try
        {
            var found = LibDw.dwfl_build_id_find_debuginfo(module, userData, moduleName, start, file, debugLink, checksum, debugFileName);
            // libdw may have opened the file itself and closed the descriptor again, so the name decides.
            if (found >= 0 || *debugFileName != null || debugLink == null || t_current is not { } session
                || !session._files.TryGetValue(start, out var mapped))
            {
                return found;
            }
            var handle = ProcessFiles.OpenDebugLink(session._processId, mapped.Path, Marshal.PtrToStringUTF8((nint)debugLink)!, checksum,
                out var path);
            return handle is null ? NotFound : HandOver(handle, path, debugFileName);
        }
        catch (Exception)
        {
            return NotFound; // As above.
        }
    }

    // libdw closes the descriptor and frees the name, so the handle must not close it, and the name must come from malloc.
    private static int HandOver(SafeFileHandle handle, string path, byte** name)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(path + '\0');
        *name = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(*name, bytes.Length));
        var fd = (int)handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        handle.Dispose();
        return fd;
    }
}
