using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Tests;

/// <summary>The other software that attaches programs: attacher.c, on libbpf. It holds what it has attached until it is disposed.</summary>
internal sealed class Attacher : IDisposable
{
    private static readonly Lazy<string> s_program = new(Compile);

    private readonly Process _process;

    /// <summary>Has it attach a program, in a network namespace where one is named.</summary>
    public Attacher(string? networkNamespace, params string[] words)
    {
        string[] command = networkNamespace is null ? [s_program.Value, .. words]
            : [Machine.Find("nsenter")!, $"--net=/run/netns/{networkNamespace}", s_program.Value, .. words];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true,
            RedirectStandardOutput = true, RedirectStandardError = true })!;
        var line = _process.StandardOutput.ReadLine();
        Assert.True(line is not null, $"attacher {string.Join(' ', words)}: {(line is null ? _process.StandardError.ReadToEnd() : "")}");
        var ids = line!.Split(' ');
        ProgramId = uint.Parse(ids[0], CultureInfo.InvariantCulture);
        LinkId = uint.Parse(ids[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The process; nsenter becomes the program it runs.</summary>
    public int Id => _process.Id;

    public uint ProgramId { get; }

    /// <summary>The link; 0 where there is none.</summary>
    public uint LinkId { get; }

    /// <summary>Loads a program and pins it, for bpftool and tc to attach.</summary>
    public static void Load(string type, string name, string pin) => Command.Output(s_program.Value, "load", type, name, pin);

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }
        _process.Dispose();
    }

    private static string Compile()
    {
        Machine.RequireProgram("gcc");
        Machine.RequireProgram("nsenter");
        Machine.Require(File.Exists("/usr/include/bpf/bpf.h"), "libbpf's headers (libbpf-dev) are not installed");
        var program = Path.Combine(AppContext.BaseDirectory,
            string.Create(CultureInfo.InvariantCulture, $"attacher-{Environment.ProcessId}"));
        Command.Output("gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, Path.Combine(Repository.Root, "tests/Shared/attacher.c"),
            "-lbpf");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(program);
        return program;
    }
}
