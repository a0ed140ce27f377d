using System.Runtime.InteropServices;

namespace BpfPS.Native;

/// <summary>
/// libbpf's functions, under their own names. Those that return an int return a negative errno on failure.
/// Those that return a pointer return null and set errno (the only error convention of libbpf 1.x).
/// </summary>
internal static unsafe partial class LibBpf
{
    internal const string Library = "libbpf.so.1";

    // libbpf.h: version and messages
    [LibraryImport(Library)] internal static partial uint libbpf_major_version();
    [LibraryImport(Library)] internal static partial uint libbpf_minor_version();
    [LibraryImport(Library)] internal static partial nint libbpf_set_print(delegate* unmanaged<int, nint, nint, int> print);

    // libbpf.h: objects
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint bpf_object__open_mem(void* buffer, nuint size, BpfObjectOpenOptions* options);
    [LibraryImport(Library)] internal static partial void bpf_object__close(nint obj);
    [LibraryImport(Library)] internal static partial int bpf_object__load(BpfObjectHandle obj);
    [LibraryImport(Library)] internal static partial nint bpf_object__next_program(BpfObjectHandle obj, nint previous);
    [LibraryImport(Library)] internal static partial nint bpf_object__next_map(BpfObjectHandle obj, nint previous);
    [LibraryImport(Library)] internal static partial nint bpf_object__btf(BpfObjectHandle obj);
    [LibraryImport(Library)] internal static partial nint btf__type_by_id(nint btf, uint id);

    // libbpf.h: programs
    [LibraryImport(Library)] internal static partial nint bpf_program__name(nint program);
    [LibraryImport(Library)] internal static partial nint bpf_program__section_name(nint program);
    [LibraryImport(Library)] internal static partial int bpf_program__type(nint program);
    [LibraryImport(Library)] internal static partial int bpf_program__fd(nint program);
    [LibraryImport(Library)]
    internal static partial int bpf_program__set_autoload(nint program, [MarshalAs(UnmanagedType.U1)] bool autoload);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.U1)] internal static partial bool bpf_program__autoload(nint program);
    [LibraryImport(Library)] internal static partial int bpf_program__set_log_buf(nint program, nint buffer, nuint size);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint bpf_program__attach(nint program);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint bpf_program__attach_trace(nint program);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int libbpf_prog_type_by_name(string section, int* type, int* attachType);
    [LibraryImport(Library)] internal static partial int bpf_program__set_type(nint program, int type);
    [LibraryImport(Library)] internal static partial int bpf_program__set_flags(nint program, uint flags);
    [LibraryImport(Library)] internal static partial int bpf_program__expected_attach_type(nint program);
    [LibraryImport(Library)] internal static partial int bpf_program__set_expected_attach_type(nint program, int type);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_program__set_attach_target(nint program, int programFd, string function);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_kprobe_opts(nint program, string function, KprobeOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_kprobe_multi_opts(nint program, string? pattern, KprobeMultiOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    // since 1.3
    internal static partial nint bpf_program__attach_uprobe_multi(nint program, int pid, string path, string pattern,
        UprobeMultiOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_ksyscall(nint program, string name, KsyscallOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_uprobe_opts(nint program, int pid, string path, nuint offset, UprobeOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_usdt(nint program, int pid, string path, string provider, string name, nint options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_tracepoint(nint program, string category, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_raw_tracepoint(nint program, string name);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint bpf_program__attach_freplace(nint program, int targetFd, string function);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint bpf_map__attach_struct_ops(nint map);
    [LibraryImport(Library)] internal static partial int bpf_prog_attach(int program, int target, int type, uint flags);
    [LibraryImport(Library)] internal static partial int bpf_tc_hook_create(TcHook* hook);
    [LibraryImport(Library)] internal static partial int bpf_tc_attach(TcHook* hook, TcOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_tc_detach(TcHook* hook, TcOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_tc_query(TcHook* hook, TcOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_link_detach(FileDescriptor link);
    [LibraryImport(Library)] internal static partial int bpf_iter_create(FileDescriptor link);
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint bpf_program__attach_perf_event(nint program, int perfEventFd);
    [LibraryImport(Library)] internal static partial nint libbpf_bpf_prog_type_str(int type);
    [LibraryImport(Library)] internal static partial nint libbpf_bpf_map_type_str(int type);
    [LibraryImport(Library)] internal static partial nint libbpf_bpf_link_type_str(int type);
    [LibraryImport(Library)] internal static partial nint libbpf_bpf_attach_type_str(int type);

    // libbpf.h: maps
    [LibraryImport(Library)] internal static partial nint bpf_map__name(nint map);
    [LibraryImport(Library)] internal static partial int bpf_map__type(nint map);
    [LibraryImport(Library)] internal static partial int bpf_map__fd(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__key_size(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__value_size(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__max_entries(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__map_flags(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__btf_key_type_id(nint map);
    [LibraryImport(Library)] internal static partial uint bpf_map__btf_value_type_id(nint map);
    [LibraryImport(Library)] internal static partial int bpf_map__set_max_entries(nint map, uint count);
    [LibraryImport(Library)] internal static partial int bpf_map__set_key_size(nint map, uint size);
    [LibraryImport(Library)] internal static partial int bpf_map__set_value_size(nint map, uint size);
    [LibraryImport(Library)][return: MarshalAs(UnmanagedType.U1)] internal static partial bool bpf_map__is_internal(nint map);
    [LibraryImport(Library)] internal static partial nint bpf_map__initial_value(nint map, out nuint size);

    [LibraryImport(Library)] internal static partial nint bpf_map__pin_path(nint map);

    // libbpf.h: links
    [LibraryImport(Library)] internal static partial int bpf_link__fd(BpfLinkHandle link);
    [LibraryImport(Library)] internal static partial int bpf_link__destroy(nint link);

    // btf.h
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint btf__parse(string path, nint extensions);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint btf__load_from_kernel_by_id(uint id);
    [LibraryImport(Library)] internal static partial nint btf__raw_data(nint btf, out uint size);
    [LibraryImport(Library)] internal static partial void btf__free(nint btf);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint btf__new(void* data, uint size);
    [LibraryImport(Library)] internal static partial int btf__load_into_kernel(BtfHandle btf);
    [LibraryImport(Library)] internal static partial int btf__fd(BtfHandle btf);
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint btf_dump__new(nint btf, delegate* unmanaged<nint, nint, nint, void> print, nint context, nint options);
    [LibraryImport(Library)] internal static partial int btf_dump__dump_type(nint dump, uint id);
    [LibraryImport(Library)] internal static partial void btf_dump__free(nint dump);
    [LibraryImport(Library)] internal static partial uint btf__type_cnt(nint btf);

    // bpf.h: ids, information and pins
    [LibraryImport(Library)] internal static partial int bpf_prog_get_next_id(uint start, out uint next);
    [LibraryImport(Library)] internal static partial int bpf_map_get_next_id(uint start, out uint next);
    [LibraryImport(Library)] internal static partial int bpf_link_get_next_id(uint start, out uint next);
    [LibraryImport(Library)] internal static partial int bpf_prog_get_fd_by_id(uint id);
    [LibraryImport(Library)] internal static partial int bpf_map_get_fd_by_id(uint id);
    [LibraryImport(Library)] internal static partial int bpf_link_get_fd_by_id(uint id);
    [LibraryImport(Library)] internal static partial int bpf_obj_get_info_by_fd(FileDescriptor fd, void* info, ref uint length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int bpf_obj_get(string path);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_obj_get_opts(string path, BpfObjectGetOptions* options);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int bpf_obj_pin(int fd, string path);

    // bpf.h and libbpf.h: detaching programs
    [LibraryImport(Library)] internal static partial int bpf_prog_detach2(FileDescriptor program, int target, uint attachType);
    [LibraryImport(Library)] internal static partial int bpf_xdp_query(int interfaceIndex, int flags, XdpQueryOptions* options);
    [LibraryImport(Library)]
    internal static partial int bpf_xdp_attach(int interfaceIndex, int program, uint flags, XdpAttachOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_xdp_detach(int interfaceIndex, uint flags, XdpAttachOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_btf_get_fd_by_id(uint id);
    [LibraryImport(Library)]
    internal static partial int bpf_task_fd_query(int pid, int fd, uint flags, byte* buffer, ref uint bufferLength, out uint programId,
        out uint kind, out ulong probeOffset, out ulong probeAddress);

    // libbpf.h: user ring buffers, since 1.1
    [LibraryImport(Library, SetLastError = true)] internal static partial nint user_ring_buffer__new(int map, nint options);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint user_ring_buffer__reserve(nint ring, uint size);
    [LibraryImport(Library)] internal static partial void user_ring_buffer__submit(nint ring, nint sample);
    [LibraryImport(Library)] internal static partial void user_ring_buffer__free(nint ring);

    // bpf.h: creating and freezing maps
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_map_create(uint type, string name, uint keySize, uint valueSize, uint maxEntries,
        BpfMapCreateOptions* options);
    [LibraryImport(Library)] internal static partial int bpf_map_freeze(FileDescriptor map);

    // bpf.h: elements
    [LibraryImport(Library)] internal static partial int bpf_map_lookup_and_delete_elem(FileDescriptor map, void* key, void* value);
    [LibraryImport(Library)] internal static partial int bpf_map_update_elem(FileDescriptor map, void* key, void* value, ulong flags);
    [LibraryImport(Library)] internal static partial int bpf_map_delete_elem(FileDescriptor map, void* key);
    [LibraryImport(Library)]
    internal static partial int bpf_map_update_batch(FileDescriptor map, void* keys, void* values, ref uint count, void* options);
    [LibraryImport(Library)]
    internal static partial int bpf_map_delete_batch(FileDescriptor map, void* keys, ref uint count, void* options);
    [LibraryImport(Library)]
    internal static partial int bpf_map_lookup_and_delete_batch(FileDescriptor map, void* inBatch, void* outBatch, void* keys, void* values,
        ref uint count, void* options);
    [LibraryImport(Library)] internal static partial int bpf_map_lookup_elem(FileDescriptor map, void* key, void* value);
    [LibraryImport(Library)] internal static partial int bpf_map_get_next_key(FileDescriptor map, void* key, void* nextKey);
    [LibraryImport(Library)]
    internal static partial int bpf_map_lookup_batch(FileDescriptor map, void* inBatch, void* outBatch, void* keys, void* values,
        ref uint count, void* options);
}
