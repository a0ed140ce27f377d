namespace BpfPS;

/// <summary>What kind of failure an engine error is; the cmdlets derive ErrorId and category from it.</summary>
public enum BpfErrorKind
{
    /// <summary>The kernel or libbpf refused for a reason that only the errno tells.</summary>
    OperationFailed,
    /// <summary>No such tool, file, program, map, variable or pin.</summary>
    NotFound,
    /// <summary>The name or the place is taken.</summary>
    AlreadyExists,
    /// <summary>The user lacks a capability.</summary>
    PermissionDenied,
    /// <summary>This kernel, libbpf or machine cannot do it.</summary>
    NotSupported,
    /// <summary>A library or program that must be installed is missing.</summary>
    DependencyMissing,
    /// <summary>A file or data is not what it should be.</summary>
    InvalidData,
    /// <summary>A parameter's value does not fit.</summary>
    InvalidArgument,
    /// <summary>The verifier rejected a program.</summary>
    VerifierRejected,
    /// <summary>The C source did not compile.</summary>
    CompilationFailed,
    /// <summary>What was being used has gone meanwhile.</summary>
    Vanished,
}
