namespace BpfPS.Btf;

/// <summary>A line of source code.</summary>
/// <param name="File">The file's name, without its folder.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Text">Its text, without the spaces around it; empty where the compiler did not find the file.</param>
public sealed record BtfLine(string File, int Number, string Text);
