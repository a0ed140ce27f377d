using System.Globalization;
using System.Text;

namespace BpfPS.Shell.Hosting;

/// <summary>Standard input, output and error, and what kind of thing each of them is.</summary>
internal sealed class StandardStreams : IDisposable
{
    private const int DefaultColumns = 120;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Standard output; a write throws <see cref="OutputClosedException"/> once nobody reads it.</summary>
    public TextWriter Output { get; } = WriterOn(1);

    /// <summary>Standard error; a write throws <see cref="OutputClosedException"/> once nobody reads it.</summary>
    public TextWriter Error { get; } = WriterOn(2);

    /// <summary>Whether standard input is a terminal.</summary>
    public bool InputIsTerminal { get; } = !Console.IsInputRedirected;

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; } = !Console.IsOutputRedirected;

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected;

    /// <summary>Whether the user lets terminals be coloured (https://no-color.org).</summary>
    public bool ColourAllowed { get; } = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Whether a person sits at a terminal that is both read from and written to.</summary>
    public bool IsInteractive => InputIsTerminal && OutputIsTerminal;

    /// <summary>Columns to format for: the terminal's, else COLUMNS, else 120.</summary>
    public int Columns =>
        OutputIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth
        : int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0 ? columns
        : DefaultColumns;

    /// <inheritdoc/>
    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }

    private static StreamWriter WriterOn(int descriptor) => new(new DescriptorStream(descriptor), Utf8) { AutoFlush = true, NewLine = "\n" };
}
