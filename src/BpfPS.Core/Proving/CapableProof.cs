using System.Globalization;

namespace BpfPS.Proving;

/// <summary>capable: the same things done by an administrator, by one with fewer capabilities, and by a user.</summary>
internal sealed class CapableProof : ToolProof
{
    // As <linux/capability.h> numbers them.
    private static readonly Dictionary<string, int> s_capabilities = new()
    {
        ["CAP_KILL"] = 5, ["CAP_SYS_CHROOT"] = 18, ["CAP_SYS_ADMIN"] = 21, ["CAP_SYS_NICE"] = 23, ["CAP_MKNOD"] = 27,
    };

    public override string Tool => "capable";

    public override string Witness => "CapEff in /proc/PID/status, and what was permitted";

    public override void Run(ProofRun run)
    {
        if (run.Shell("setpriv --bounding-set=-mknod true 2> /dev/null && command -v chroot").ExitCode != 0)
        {
            throw ProofRun.NotHere("There is no setpriv (package util-linux) that can take capabilities away, or no chroot.");
        }
        // So that each question is asked once, and the many about memory do not take long.
        run.Start(("unique", true));
        // Each line: who, a process, what it did, whether it succeeded. Before that, its capabilities.
        var shell = run.Shell("""
            exec 2>/dev/null
            sleep 90 & sleeper=$!
            acts='
                echo $1 $$ has $(sed -n "s/^CapEff:[^0-9a-f]*//p" /proc/self/status)
                chroot / true & wait $!; echo $1 $! CAP_SYS_CHROOT $?
                nice -n -1 true & wait $!; echo $1 $! CAP_SYS_NICE -
                mknod "$2/$1" c 1 3 & wait $!; echo $1 $! CAP_MKNOD $?
                kill -0 $3; echo $1 $$ CAP_KILL $?'
            mkdir "$1/open"; chmod 711 "$1"; chmod 777 "$1/open"
            setpriv --reuid=65534 --regid=65534 --clear-groups sleep 90 & other=$!
            until [ "$(cat /proc/$other/comm)" = sleep ]; do :; done
            sh -c "$acts" sh all "$1/open" $other
            setpriv --inh-caps=-all --bounding-set=-sys_chroot,-mknod sh -c "$acts" sh fewer "$1/open" $other
            setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all sh -c "$acts" sh none "$1/open" $sleeper
            kill $sleeper $other
            """, run.Folder);
        var lines = shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToArray();
        run.Compare("what was done", 15, lines.Length);
        var effective = lines.Where(line => line[2] == "has").ToDictionary(line => line[0],
            line => ulong.Parse(line[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var space = run.Shell("readlink /proc/self/ns/user | tr -dc 0-9").Output;
        var events = run.Events(record => s_capabilities.ContainsKey(ProofRun.Text(record, "capability")), lines.Length);
        foreach (var line in lines.Where(line => line[2] != "has"))
        {
            var (who, process, capability, status) = (line[0], line[1], line[2], line[3]);
            var name = $"{capability} of {process} with {who}";
            var has = (effective[who] >> s_capabilities[capability] & 1) != 0;
            if (status != "-")
            {
                run.Compare($"{name}: permitted", has, status == "0");
            }
            if (run.Single(name, events, record => ProofRun.Has(record, "pid", process) && ProofRun.Has(record, "capability", capability))
                is { } found)
            {
                run.Compare($"{name}, granted", has, ProofRun.Get(found, "granted"));
                run.Compare($"{name}, namespace", space, ProofRun.Get(found, "user_namespace"));
                run.Compare($"{name}, user", User(who), ProofRun.Get(found, "uid"));
            }
        }
        // Whether memory that is kept for the administrator may be used. Before Linux 6.14 that question can be hidden from the tool.
        foreach (var line in lines.Where(line => line[2] == "has"))
        {
            var has = (effective[line[0]] >> s_capabilities["CAP_SYS_ADMIN"] & 1) != 0;
            // Before it was that user, it was the administrator.
            foreach (var record in events.Where(record => ProofRun.Has(record, "pid", line[1]) && ProofRun.Has(record, "comm", "sh")
                && ProofRun.Has(record, "uid", User(line[0])) && ProofRun.Has(record, "capability", "CAP_SYS_ADMIN")))
            {
                run.Compare($"CAP_SYS_ADMIN of {line[0]}, granted", has, ProofRun.Get(record, "granted"));
            }
        }
    }

    private static int User(string who) => who == "none" ? 65534 : 0;
}
