namespace BpfPS;

/// <summary>The kind of failure; the cmdlets derive ErrorId and category from it.</summary>
public enum BpfErrorKind
{
    /// <summary>The kernel or libbpf refused; only the errno gives the reason.</summary>
    OperationFailed,
    /// <summary>The tool, file, program, map, variable or pin does not exist.</summary>
    NotFound,
    /// <summary>The name or the place is already in use.</summary>
    AlreadyExists,
    /// <summary>The user lacks a capability.</summary>
    PermissionDenied,
    /// <summary>This kernel, libbpf or machine cannot do it.</summary>
    NotSupported,
    /// <summary>A library or program that must be installed is missing.</summary>
    DependencyMissing,
    /// <summary>A file or other data is damaged or of the wrong format.</summary>
    InvalidData,
    /// <summary>A parameter has an invalid value.</summary>
    InvalidArgument,
    /// <summary>The verifier rejected a program.</summary>
    VerifierRejected,
    /// <summary>The C source did not compile.</summary>
    CompilationFailed,
    /// <summary>The object in use has disappeared in the meantime.</summary>
    Vanished,
}
