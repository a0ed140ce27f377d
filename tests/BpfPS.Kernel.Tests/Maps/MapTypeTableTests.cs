using System.Net;
using System.Net.Sockets;
using BpfPS.Kernel.Tests.Support;
using BpfPS.Maps;
using BpfPS.Native;
using BpfPS.Tests;

namespace BpfPS.Kernel.Tests.Maps;

/// <summary>docs/map-types.md and the engine's own table against the kernel: every call that the table says yes or no to is made.</summary>
public unsafe class MapTypeTableTests : IClassFixture<NothingLeft>
{
    private static readonly string[] s_columns = ["list", "read", "write", "delete", "take", "batches"];

    [Fact]
    public void The_table_of_the_docs_is_what_the_kernel_does()
    {
        Live.Require();
        var wrong = new List<string>();
        foreach (var (type, cells) in Table())
        {
            if (type == "struct_ops")
            {
                continue; // only loading a program makes it: StructOpsTests
            }
            var seen = Probe(type);
            foreach (var (column, cell) in s_columns.Zip(cells))
            {
                var expected = cell == "asked" ? "no" // what the kernel does not list
                    : cell.Split(" since Linux ") is [var word, var version]
                        ? (Environment.OSVersion.Version >= Version.Parse(version) ? word : "no") : cell;
                if (seen[column] != expected)
                {
                    wrong.Add($"{type}: {column} is '{cell}' in the docs and '{seen[column]}' in the kernel");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void The_table_of_the_docs_is_the_engines_and_has_every_type()
    {
        var table = Table();
        Assert.Equal(MapKind.All.Select(kind => kind.Name).Order(), table.Keys.Order());
        Assert.All(MapKind.All, kind =>
        {
            var cells = table[kind.Name];
            var list = kind.Can(MapOperations.List) ? "yes" : kind.Name is "task_storage" or "cgrp_storage" ? "asked" : "no";
            Assert.Equal((kind.Name, list, Word(kind, MapOperations.Lookup), Word(kind, MapOperations.Update),
                Word(kind, MapOperations.Delete), Word(kind, MapOperations.Take)),
                (kind.Name, cells[0], cells[1], cells[2], cells[3], cells[4].Split(" since Linux ")[0]));
            Assert.Equal((kind.Name, Batches(kind.CanBatch)), (kind.Name, cells[5]));
            Assert.Equal((kind.Name, list == "no" ? "no" : "yes"), (kind.Name, cells[6]));
        });
        // Every type that this system's libbpf knows, but for the one that is no type.
        Live.Require();
        for (var type = 1u;
            System.Runtime.InteropServices.Marshal.PtrToStringUTF8(LibBpf.libbpf_bpf_map_type_str((int)type)) is { } name;
            type++)
        {
            Assert.Contains(name, table.Keys);
        }
    }

    private static string Word(MapKind kind, MapOperations operation) => kind.Can(operation) ? "yes" : "no";

    private static string Batches(Func<MapOperations, bool> can) =>
        string.Join(", ", new[] { (MapOperations.Lookup, "read"), (MapOperations.Update, "write"), (MapOperations.Delete, "delete"),
            (MapOperations.Take, "take") }.Where(batch => can(batch.Item1)).Select(batch => batch.Item2));

    private static Dictionary<string, string[]> Table() => File.ReadAllLines(Path.Combine(Repository.Root, "docs", "map-types.md"))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| type |", StringComparison.Ordinal))
        .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())
            .ToDictionary(cells => cells[0], cells => cells[1..]);

    private static Dictionary<string, string> Probe(string type)
    {
        using var inner = type.EndsWith("_of_maps", StringComparison.Ordinal)
            ? MapMaker.Create(new BpfMapDefinition { Name = "inner", Type = "array", ValueType = "u64", MaxEntries = 1 }) : null;
        var storage = type.EndsWith("storage", StringComparison.Ordinal);
        using var map = MapMaker.Create(Definition(type, inner));
        using var sockets = new TcpPair();
        var key = stackalloc byte[64];
        var next = stackalloc byte[64];
        var value = stackalloc byte[4096];
        var keyless = type is "queue" or "stack" or "bloom_filter";
        void Reset()
        {
            new Span<byte>(key, 64).Clear();
            new Span<byte>(value, 4096).Clear();
            if (type is "sockmap" or "sockhash")
            {
                *(int*)value = (int)sockets.Client.Handle;
            }
            else if (type is "prog_array" or "perf_event_array" or "cgroup_array" or "array_of_maps" or "hash_of_maps" or "xskmap"
                or "reuseport_sockarray")
            {
                *(int*)value = int.MaxValue; // no descriptor: EBADF says that one was looked for
            }
            else if (type == "cpumap")
            {
                *(int*)value = 192;
            }
            else if (type == "devmap" || type == "devmap_hash")
            {
                *(int*)value = 1; // lo
            }
            if (type is "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage")
            {
                *(int*)key = -1;
            }
        }

        var seen = new Dictionary<string, string>();
        Reset();
        seen["list"] = Supported(LibBpf.bpf_map_get_next_key(map, null, next)) ? "yes" : "no";
        Reset();
        var written = LibBpf.bpf_map_update_elem(map, keyless ? null : key, value, 0);
        seen["write"] = Supported(written) ? "yes" : "no";
        Reset();
        var read = LibBpf.bpf_map_lookup_elem(map, keyless ? null : key, value);
        // A sockmap's socket without a protocol that can be asked for, and the like, are answers: only "cannot" is not.
        seen["read"] = Supported(read) ? "yes" : "no";
        Reset();
        seen["take"] = Supported(LibBpf.bpf_map_lookup_and_delete_elem(map, keyless ? null : key, value)) ? "yes" : "no";
        Reset();
        _ = LibBpf.bpf_map_update_elem(map, keyless ? null : key, value, 0);
        Reset();
        seen["delete"] = Supported(LibBpf.bpf_map_delete_elem(map, key)) ? "yes" : "no";
        var batches = MapOperations.None;
        Reset();
        uint count = 1;
        if (Supported(LibBpf.bpf_map_update_batch(map, key, value, ref count, null))) { batches |= MapOperations.Update; }
        Reset();
        count = 1;
        if (Supported(LibBpf.bpf_map_lookup_batch(map, null, next, key, value, ref count, null))) { batches |= MapOperations.Lookup; }
        Reset();
        count = 1;
        if (Supported(LibBpf.bpf_map_lookup_and_delete_batch(map, null, next, key, value, ref count,
            null))) { batches |= MapOperations.Take; }
        Reset();
        count = 1;
        if (Supported(LibBpf.bpf_map_delete_batch(map, key, ref count, null))) { batches |= MapOperations.Delete; }
        seen["batches"] = Batches(operation => (batches & operation) != 0);
        // The kernel lets one walk over these, but says of no index what is in it: that is no list.
        if (seen["read"] == "no" && type is "perf_event_array" or "cgroup_array" or "xskmap")
        {
            seen["list"] = "no";
        }
        return seen;
    }

    private static BpfMapDefinition Definition(string type, FileDescriptor? inner)
    {
        var definition = new BpfMapDefinition { Name = "probe", Type = type, MaxEntries = 4, KeySize = 4, ValueSize = 8 };
        return type switch
        {
            "queue" or "stack" or "bloom_filter" => definition with { KeySize = null },
            "ringbuf" or "user_ringbuf" or "arena" => definition with { KeySize = null, ValueSize = null, MaxEntries = null },
            "lpm_trie" or "cgroup_storage" or "percpu_cgroup_storage" =>
                definition with { KeySize = 8, MaxEntries = type == "lpm_trie" ? 4 : null },
            "sk_storage" or "inode_storage" or "task_storage" or "cgrp_storage" =>
                definition with { KeySize = null, ValueSize = null, ValueType = "u64", MaxEntries = null },
            "stack_trace" or "prog_array" or "perf_event_array" or "cgroup_array" or "xskmap" => definition with { ValueSize = null },
            "cpumap" => definition with { MaxEntries = null },
            _ when inner is not null =>
                definition with { ValueSize = null,
                InnerMap = BpfMap.FromDescriptor(inner, new MapSource(0, null, () => FileDescriptor.Duplicate(inner.Number))) },
            _ => definition,
        };
    }

    private static bool Supported(int result) =>
        (BpfErrno)(-result) is not (BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL or BpfErrno.EPERM);

    private sealed class TcpPair : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Socket _server;

        public TcpPair()
        {
            _listener.Start();
            Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Client.Connect(_listener.LocalEndpoint);
            _server = _listener.AcceptSocket();
        }

        public Socket Client { get; }

        public void Dispose()
        {
            Client.Dispose();
            _server.Dispose();
            _listener.Dispose();
        }
    }
}
