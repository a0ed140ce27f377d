using System.Globalization;

namespace BpfPS.Proving;

/// <summary>mountsnoop: file systems in a mount namespace of their own, and attempts that fail.</summary>
internal sealed class MountsnoopProof : ToolProof
{
    private static readonly string[] s_options = ["nosuid", "nodev", "noexec", "nosuid,nodev,noexec", "ro", "noatime"];

    // As /proc/self/mountinfo has them, and as the tool does.
    private static readonly (string Option, string Flag)[] s_flags =
        [("ro", "MS_RDONLY"), ("nosuid", "MS_NOSUID"), ("nodev", "MS_NODEV"), ("noexec", "MS_NOEXEC"), ("noatime", "MS_NOATIME")];

    public override string Tool => "mountsnoop";

    public override string Witness => "/proc/self/mountinfo in the namespace of the test, and what mount and umount returned";

    public override void Run(ProofRun run)
    {
        if (run.Shell("command -v unshare && command -v mount && command -v umount").ExitCode != 0)
        {
            throw ProofRun.NotHere("There is no unshare, mount or umount (package util-linux).");
        }
        run.Start();
        var shell = run.Shell("""
            folder=$1; shift
            # Where / is no mount, nothing can be made private; then nothing may be shared.
            how=private
            if ! unshare --mount true 2> /dev/null; then how=unchanged; grep -q " shared:" /proc/self/mountinfo && exit 1; fi
            exec unshare --mount --propagation $how sh -c '
                exec 2>/dev/null
                folder=$1; shift
                echo namespace $(readlink /proc/self/ns/mnt | tr -dc 0-9)
                i=0
                for options; do
                    mkdir "$folder/$i"
                    mount -t tmpfs -o $options bpfps-$i "$folder/$i"; echo mounted $i $?
                    grep " $folder/$i " /proc/self/mountinfo
                    umount "$folder/$i"; echo unmounted $i $? $(grep -c " $folder/$i " /proc/self/mountinfo)
                    i=$((i + 1))
                done
                mount --bind /proc "$folder/0"; echo bound 0 $?
                umount -l "$folder/0"; echo unmounted 0 $? $(grep -c " $folder/0 " /proc/self/mountinfo)
                mount -t tmpfs -o size=nonsense bpfps-wrong "$folder/1"; echo refused 1 $?
                umount "$folder/1"; echo refused 1 $?
                ' sh "$folder" "$@"
            """, [run.Folder, .. s_options]);
        if (shell.ExitCode != 0)
        {
            throw ProofRun.NotHere("A mount namespace cannot be made here.");
        }
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        var space = lines[0][1];
        var events = run.Events(record => ProofRun.Has(record, "mount_namespace", space), 2 * s_options.Length + 4);
        for (var i = 0; i < s_options.Length; i++)
        {
            var (target, source) = (Path.Combine(run.Folder, Text(i)), $"bpfps-{i}");
            var mount = lines.Single(line => line.Contains(target) && line.Contains(source));
            run.Compare($"{target}, mount's exit code", "0", Result("mounted", i));
            if (run.Single($"mount {target}", events, record => ProofRun.Has(record, "source", source)) is { } found)
            {
                run.Compare($"{target}, operation", "MOUNT", ProofRun.Get(found, "operation"));
                run.Compare($"{target}, result", BpfErrno.Success, ProofRun.Get(found, "ret"));
                run.Compare($"{target}, place", mount[4], ProofRun.Get(found, "target"));
                run.Compare($"{target}, type", mount[^3], ProofRun.Get(found, "type"));
                run.Compare($"{target}, command", "mount", ProofRun.Get(found, "comm"));
                var (options, flags) = (mount[5].Split(','), ProofRun.Text(found, "flags"));
                foreach (var (option, flag) in s_flags)
                {
                    run.Compare($"{target}, {flag}", options.Contains(option), flags.Contains(flag, StringComparison.Ordinal));
                }
            }
            Unmounted(i, "", lines.First(line => line[0] == "unmounted" && line[1] == Text(i))[3], Result("unmounted", i));
        }
        var first = Path.Combine(run.Folder, "0");
        if (run.Single("the bind mount", events, record => ProofRun.Has(record, "target", first)
            && (ProofRun.Has(record, "operation", "MOVE_MOUNT") || ProofRun.Text(record, "flags").Contains("MS_BIND"))) is { } bound)
        {
            run.Compare("the bind mount, source", "/proc", ProofRun.Get(bound, "source"));
            run.Compare("the bind mount, result", Result("bound", 0) == "0", ProofRun.Has(bound, "ret", BpfErrno.Success));
        }
        Unmounted(0, "MNT_DETACH", lines.Last(line => line[0] == "unmounted")[3], lines.Last(line => line[0] == "unmounted")[2]);
        run.Compare("refused, and said so", lines.Where(line => line[0] == "refused").All(line => line[2] != "0"));
        var refused = events.Where(record => !ProofRun.Has(record, "ret", BpfErrno.Success)).ToArray();
        run.Compare("an option that tmpfs does not know", refused.Any(record => ProofRun.Has(record, "source", "bpfps-wrong")
            && ProofRun.Has(record, "ret", BpfErrno.EINVAL)));
        run.Compare("umount where nothing is mounted", refused.Any(record => ProofRun.Has(record, "operation", "UMOUNT")
            && ProofRun.Has(record, "ret", BpfErrno.EINVAL) && ProofRun.Has(record, "target", Path.Combine(run.Folder, "1"))));

        string Result(string what, int number) => lines.First(line => line[0] == what && line[1] == Text(number))[2];

        void Unmounted(int number, string flags, string left, string result)
        {
            var target = Path.Combine(run.Folder, Text(number));
            run.Compare($"{target}, umount's exit code", "0", result);
            run.Compare($"{target}, mounts that are left", "0", left);
            if (run.Single($"umount {flags} {target}", events, record => ProofRun.Has(record, "target", target)
                && ProofRun.Has(record, "operation", "UMOUNT") && ProofRun.Has(record, "ret", BpfErrno.Success)
                && ProofRun.Text(record, "umount_flags").Contains("MNT_DETACH") == (flags.Length > 0)) is { } found)
            {
                run.Compare($"{target}, command", "umount", ProofRun.Get(found, "comm"));
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
