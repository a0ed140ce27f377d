using System.Globalization;
using System.Management.Automation.Host;

namespace BpfPS.Module.Tests.Hosting;

/// <summary>A host that keeps what is displayed.</summary>
internal sealed class TestHost : PSHost
{
    private readonly TestHostUserInterface _ui = new();

    /// <summary>All that was displayed.</summary>
    public string Text => _ui.Text;

    /// <summary>Answers what a command asks; null where nobody is there to be asked.</summary>
    public Func<string, string>? Answer
    {
        set => _ui.Answer = value;
    }

    /// <summary>The columns and lines of the screen.</summary>
    public Size Screen
    {
        set => (_ui.RawUI.BufferSize, _ui.RawUI.WindowSize) = (value, value);
    }

    /// <summary>The lines that were displayed, without those that are empty.</summary>
    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "BpfPS tests";

    public override PSHostUserInterface UI => _ui;

    public override Version Version => new(1, 0);

    public void Clear() => _ui.Clear();

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication() { }

    public override void NotifyEndApplication() { }

    public override void SetShouldExit(int exitCode) { }
}
