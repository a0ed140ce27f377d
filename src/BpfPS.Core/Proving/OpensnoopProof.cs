namespace BpfPS.Proving;

/// <summary>opensnoop: files that are opened and files that are not there, in the ways that there are to open one.</summary>
internal sealed class OpensnoopProof : ToolProof
{
    private const int Files = 25;

    public override string Tool => "opensnoop";

    public override string Witness => "the result of each call, and /proc/self/fd";

    public override void Run(ProofRun run)
    {
        run.Start();
        var descriptors = new Dictionary<string, int>();
        for (var i = 0; i < Files; i++)
        {
            var path = Path.Combine(run.Folder, $"there-{i}");
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            descriptors[path] = (int)file.DangerousGetHandle();
            run.Compare($"{path} in /proc/self/fd", path, new FileInfo($"/proc/self/fd/{descriptors[path]}").LinkTarget);
        }
        var missing = Enumerable.Range(0, Files).Select(i => Path.Combine(run.Folder, $"not-there-{i}")).ToArray();
        var shell = run.Shell("for i; do cat \"$i\" 2>/dev/null; done; exit 0", missing);
        var events = run.Events(record => ProofRun.Text(record, "path").StartsWith(run.Folder, StringComparison.Ordinal), 2 * Files);
        foreach (var (path, descriptor) in descriptors)
        {
            if (run.Single(path, events, record => ProofRun.Text(record, "path") == path) is { } found)
            {
                run.Compare($"{path}, process", Environment.ProcessId, ProofRun.Get(found, "pid"));
                run.Compare($"{path}, descriptor", descriptor, ProofRun.Get(found, "fd"));
                run.Compare($"{path}, result", BpfErrno.Success, ProofRun.Get(found, "ret"));
                var flags = ProofRun.Text(found, "flags");
                run.Compare($"{path}, flags: {flags}", flags.Contains("O_WRONLY, O_CREAT, O_EXCL", StringComparison.Ordinal));
            }
        }
        foreach (var path in missing)
        {
            if (run.Single(path, events, record => ProofRun.Text(record, "path") == path) is { } found)
            {
                run.Compare($"{path}, command", "cat", ProofRun.Get(found, "comm"));
                run.Compare($"{path}, parent", shell.Id, ProofRun.Get(found, "ppid"));
                run.Compare($"{path}, descriptor", -1, ProofRun.Get(found, "fd"));
                run.Compare($"{path}, result", BpfErrno.ENOENT, ProofRun.Get(found, "ret"));
            }
        }
    }
}
