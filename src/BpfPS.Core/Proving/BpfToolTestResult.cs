namespace BpfPS;

/// <summary>What came of testing a tool on this machine.</summary>
public enum BpfToolTestResult
{
    /// <summary>Everything that was compared agreed with the witness.</summary>
    Agrees,
    /// <summary>Something did not agree.</summary>
    Differs,
    /// <summary>The tool cannot run here, or there is nothing here to test it with.</summary>
    NotHere,
}
