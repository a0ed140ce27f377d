namespace BpfPS.Instructions;

/// <summary>A position in a program's source.</summary>
/// <param name="File">The file, as passed to the compiler.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1; 0 for none.</param>
/// <param name="Text">The line's text, without the spaces around it.</param>
internal sealed record SourcePlace(string File, int Line, int Column, string Text);
