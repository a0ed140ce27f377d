namespace BpfPS;

/// <summary>
/// The options of a caller that remedies name. A remedy has them as data, since only the caller knows how they are written: the
/// cmdlets have a parameter for each.
/// </summary>
internal enum BpfOption
{
    After,
    Before,
    Cgroup,
    CgroupMode,
    Compiler,
    Context,
    Cpu,
    Data,
    Destination,
    Direction,
    Event,
    EventType,
    Filter,
    Force,
    Frequency,
    Hook,
    Interface,
    Jited,
    Key,
    KeyType,
    Map,
    MapSize,
    Mode,
    NetworkNamespace,
    NoAttach,
    NoExist,
    Owner,
    PcapPath,
    Period,
    PinPath,
    Priority,
    ProcessId,
    Program,
    ProgramType,
    Repeat,
    Replace,
    Socket,
    Target,
    Variable,
    XdpMode,
}
