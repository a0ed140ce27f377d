using System.Diagnostics;
using System.Globalization;

namespace BpfPS.Kernel.Tests.Stacks;

/// <summary>The compiled program, running, with the addresses that it told.</summary>
internal sealed class TargetProcess : IDisposable
{
    private readonly Process _process;
    private readonly Dictionary<string, ulong> _addresses = [];

    public TargetProcess(string program, params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        ReadAddresses();
    }

    public uint Id => (uint)_process.Id;

    public ulong this[string name] => _addresses[name];

    public ulong OpenLibrary(string path, string function) => Command($"dlopen {path} {function}", function);

    public ulong MakeCode() => Command("code", "code");

    /// <summary>Ends the process and waits until it is gone.</summary>
    public void End()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private ulong Command(string line, string answer)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        ReadAddresses();
        return _addresses[answer];
    }

    private void ReadAddresses()
    {
        for (string? line; (line = _process.StandardOutput.ReadLine()) != "ready";)
        {
            var fields = (line ?? throw new InvalidOperationException("the program ended before it was ready")).Split(' ');
            _addresses[fields[0]] = ulong.Parse(fields[1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
