using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace BpfPS.Shell.Hosting;

/// <summary>The engine's view of this program.</summary>
internal sealed class ShellHost(ShellUserInterface userInterface) : PSHost
{
    /// <summary>The exit code that a script's <c>exit</c> asked for; null until one did.</summary>
    public int? RequestedExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "BpfPS shell";

    /// <inheritdoc/>
    public override Version Version => ShellVersion.Shell;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => userInterface;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <summary>Leads the shell's own cmdlets to the capture of formatted output; the engine hands them only a wrapper of <see cref="UI"/>.</summary>
    public override PSObject PrivateData { get; } = PSObject.AsPSObject(userInterface.Capture);

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => RequestedExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() =>
        throw new PSNotSupportedException("This shell has no nested prompt: answer yes or no, or use the full PowerShell (pwsh).");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new PSNotSupportedException("This shell has no nested prompt.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication() => userInterface.HideProgress();

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
    }
}
