using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("BpfPS")]
[assembly: InternalsVisibleTo("BpfPS.Core.Tests")]
[assembly: InternalsVisibleTo("BpfPS.Fuzzing")]
[assembly: InternalsVisibleTo("BpfPS.Kernel.Tests")]
