using BpfPS.Native;

namespace BpfPS.Core.Tests.Objects;

public class ErrorTests
{
    [Theory]
    [InlineData(BpfErrno.ENOENT, BpfErrorKind.NotFound, "Doing it: No such file or directory (ENOENT).")]
    [InlineData(BpfErrno.EEXIST, BpfErrorKind.AlreadyExists, "Doing it: File exists (EEXIST).")]
    [InlineData(BpfErrno.EOPNOTSUPP, BpfErrorKind.NotSupported, "(EOPNOTSUPP)")]
    [InlineData(BpfErrno.ENOTSUPP, BpfErrorKind.NotSupported, "(ENOTSUPP, errno 524)")]
    [InlineData(BpfErrno.EINVAL, BpfErrorKind.OperationFailed, "Doing it: Invalid argument (EINVAL).")]
    [InlineData(BpfErrno.EPERM, BpfErrorKind.PermissionDenied, "Operation not permitted (EPERM)")]
    [InlineData((BpfErrno)4001, BpfErrorKind.OperationFailed, "(LIBBPF_ERRNO__FORMAT)")]
    public void An_errno_has_its_kind_its_sentence_and_its_name(BpfErrno errno, BpfErrorKind kind, string said)
    {
        var error = Errors.FromErrno((int)errno, "Doing it");

        Assert.Equal((kind, errno), (error.Kind, error.Errno));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_errno_has_the_C_librarys_number()
    {
        // The witness: the kernel's own headers, which gcc would read.
        var headers = (string[])["/usr/include/asm-generic/errno-base.h", "/usr/include/asm-generic/errno.h"];
        Assert.SkipUnless(headers.All(File.Exists), "the kernel's headers are not installed");
        var numbers = headers.SelectMany(File.ReadLines).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["#define", _, _, ..] && int.TryParse(words[2], out _))
                .ToDictionary(words => words[1], words => int.Parse(words[2], null));

        Assert.All(Enum.GetValues<BpfErrno>().Where(errno => errno is not BpfErrno.Success and < (BpfErrno)512),
            errno => Assert.Equal(numbers[errno.ToString()], (int)errno));
        Assert.True(numbers.Count > 120);
    }
}
