using System.Management.Automation;
using System.Text;

namespace BpfPS.Shell.Commands;

/// <summary>Out-File, which the language itself needs: the redirections <c>&gt;</c> and <c>&gt;&gt;</c> are made of it.</summary>
[Cmdlet(VerbsData.Out, "File")]
public sealed class OutFileCommand : FormattingCommand
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private StreamWriter? _writer;

    /// <summary>The file, relative to the current location.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string FilePath { get; set; } = string.Empty;

    /// <summary>Whether to write behind what the file has.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var path = GetUnresolvedProviderPathFromPSPath(FilePath);
        try
        {
            _writer = new StreamWriter(path, Append, Utf8) { NewLine = "\n" };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(new ErrorRecord(error, "FileOpenFailure", ErrorCategory.OpenError, FilePath));
        }

        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void Accept(string line) => _writer!.WriteLine(line);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writer?.Dispose();
            _writer = null;
        }

        base.Dispose(disposing);
    }
}
