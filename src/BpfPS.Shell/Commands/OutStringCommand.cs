using System.Management.Automation;
using System.Text;

namespace BpfPS.Shell.Commands;

/// <summary>Out-String, which the language itself needs: objects piped into a native program go through it.</summary>
[Cmdlet(VerbsData.Out, "String")]
[OutputType(typeof(string))]
public sealed class OutStringCommand : FormattingCommand
{
    private readonly StringBuilder _text = new();

    /// <summary>One string a line, at once, instead of a single string at the end.</summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <inheritdoc/>
    protected override void Accept(string line)
    {
        if (Stream)
        {
            WriteObject(line);
        }
        else
        {
            _text.Append(line).Append('\n');
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (!Stream)
        {
            WriteObject(_text.ToString());
        }
    }
}
