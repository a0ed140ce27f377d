using System.Management.Automation.Host;

namespace BpfPS.Shell.Hosting;

/// <summary>The terminal's size and keys. Terminals have no buffer to read back or to fill, so those members refuse or do nothing.</summary>
internal sealed class ShellRawUserInterface(StandardStreams streams) : PSHostRawUserInterface
{
    private const int DefaultRows = 50;

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    /// <inheritdoc/>
    public override Coordinates CursorPosition { get; set; }

    /// <inheritdoc/>
    public override Coordinates WindowPosition { get; set; }

    /// <inheritdoc/>
    public override int CursorSize { get; set; } = 100;

    /// <inheritdoc/>
    public override Size BufferSize
    {
        get => WindowSize;
        set => throw new NotSupportedException("A terminal's size is set in the terminal.");
    }

    /// <inheritdoc/>
    public override Size WindowSize
    {
        get => new(streams.Columns, streams.OutputIsTerminal && Console.WindowHeight > 0 ? Console.WindowHeight : DefaultRows);
        set => throw new NotSupportedException("A terminal's size is set in the terminal.");
    }

    /// <inheritdoc/>
    public override Size MaxWindowSize => WindowSize;

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => WindowSize;

    /// <inheritdoc/>
    public override bool KeyAvailable => streams.InputIsTerminal && Console.KeyAvailable;

    /// <inheritdoc/>
    public override string WindowTitle { get; set; } = "bpfps-shell";

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        if (!streams.InputIsTerminal)
        {
            throw new NotSupportedException("A key cannot be read: standard input is no terminal.");
        }

        var key = Console.ReadKey(intercept: (options & ReadKeyOptions.NoEcho) != 0);
        return new KeyInfo((int)key.Key, key.KeyChar, 0, keyDown: true);
    }

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            Console.ReadKey(intercept: true);
        }
    }

    /// <inheritdoc/>
    public override int LengthInBufferCells(string source) => CellWidth.Of(source);

    /// <inheritdoc/>
    public override int LengthInBufferCells(string source, int offset) => CellWidth.Of(source[offset..]);

    /// <inheritdoc/>
    public override int LengthInBufferCells(char source) => CellWidth.Of(source.ToString());

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException("A terminal cannot be read back.");

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException("A terminal has no buffer to fill.");

    /// <inheritdoc/>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException("A terminal has no buffer to fill.");

    /// <inheritdoc/>
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw new NotSupportedException("A terminal has no buffer to scroll.");
}
