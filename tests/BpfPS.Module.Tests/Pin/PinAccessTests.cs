namespace BpfPS.Module.Tests.Pin;

/// <summary>-Mode and -Owner of the cmdlets that pin.</summary>
public sealed class PinAccessTests : KernelTest
{
    private readonly PinFolder _pins = new();

    public override void Dispose()
    {
        _pins.Dispose();
        base.Dispose();
    }

    [Fact]
    public void Pins_and_their_folders_are_roots_alone_unless_asked_otherwise()
    {
        Run($"New-BpfMap kept -KeyType u32 -ValueType u32 -PinPath {_pins.Name}/deep/kept | Out-Null").Succeeded();

        Assert.Equal("700 root root", Access("deep"));
        Assert.Equal("600 root root", Access("deep/kept"));
    }

    [Theory]
    [InlineData("$map | Save-BpfMapPin -PinPath {0}/deep/it -Mode 0640 -Owner nobody:daemon", "640 nobody daemon", "750 nobody daemon")]
    [InlineData("$map | Save-BpfMapPin -PinPath {0}/deep/it -Owner :1", "600 root daemon", "700 root daemon")]
    [InlineData("New-BpfMap other -KeyType u32 -ValueType u32 -PinPath {0}/deep/it -Mode 444 | Out-Null", "444 root root", "555 root root")]
    [InlineData("$o | Save-BpfLinkPin -PinPath {0}/deep/it -Mode 0660 -Owner root:daemon", "660 root daemon", "770 root daemon")]
    [InlineData("$o.Programs[0] | Save-BpfProgramPin -PinPath {0}/deep/it -Mode 0400 -Owner nobody", "400 nobody root", "500 nobody root")]
    public void They_are_whose_and_how_the_user_says(string save, string pin, string folder)
    {
        Run("$map = New-BpfMap kept -KeyType u32 -ValueType u32; $o = Start-BpfProgram $types").Succeeded();
        Run(string.Format(save, _pins.Name)).Succeeded();

        Assert.Equal((pin, folder), (Access("deep/it"), Access("deep")));
    }

    [Fact]
    public void A_started_objects_pins_are_too()
    {
        Run($"Start-BpfProgram $types -PinPath {_pins.Name}/deep -Mode 0640 -Owner :daemon | Out-Null").Succeeded();

        Assert.Equal("750 root daemon", Access("deep"));
        Assert.All(_pins.Entries.Where(entry => entry != "deep"), entry => Assert.Equal("640 root daemon", Access(entry)));
        Run($"Stop-BpfProgram -Path {_pins.Name}/deep").Succeeded();
    }

    [Theory]
    [InlineData("-Mode 0999", "'0999' is not a valid mode for a pin.")]
    [InlineData("-Mode rw", "'rw' is not a valid mode for a pin.")]
    [InlineData("-Mode 4755", "'4755' is not a valid mode for a pin.")]
    [InlineData("-Owner 'no such user'", "This system has no user 'no such user'.")]
    [InlineData("-Owner root:nosuchgroup", "This system has no group 'nosuchgroup'.")]
    public void What_is_no_mode_or_nobody_is_an_error_and_nothing_is_pinned(string access, string message)
    {
        var outcome = Run("$map = New-BpfMap kept -KeyType u32 -ValueType u32; "
            + $"$map | Save-BpfMapPin -PinPath {_pins.Name}/deep/it {access}");

        Assert.Equal(message, Assert.Single(outcome.Errors).Exception.Message);
        Assert.False(_pins.Exists);
    }

    [Fact]
    public void A_user_who_may_read_a_map_reads_it_and_cannot_write()
    {
        Machine.RequireProgram("setpriv");
        Run($"New-BpfMap readable -Type array -ValueType u64 -MaxEntries 1 -PinPath {_pins.Name}/readable -Mode 0644 "
            + "| Set-BpfMapEntry -Key 0 -Value 4711").Succeeded();
        Run($"New-BpfMap mine -Type array -ValueType u64 -MaxEntries 1 -PinPath {_pins.Name}/mine | Out-Null").Succeeded();

        var result = Shell.RunWith("CAP_BPF", $$"""
            [BitConverter]::ToUInt64((Get-BpfMapEntry -Path {{_pins.Path}}/readable).value) # without CAP_SYS_ADMIN the kernel gives no BTF
            try { Set-BpfMapEntry -Path {{_pins.Path}}/readable -Key 0 -Value 1 -ErrorAction Stop } catch { $_.Exception.Message }
            try { Get-BpfMapEntry -Path {{_pins.Path}}/mine -ErrorAction Stop } catch { "$($_.CategoryInfo.Category)" }
            """).Succeeded();

        Assert.Equal(["4711", "Map 'readable' is open for reading only: it was created with BPF_F_RDONLY, or its pin is read-only.",
            "PermissionDenied"], result.Lines);
    }

    [Fact]
    public void Who_may_not_open_a_pin_is_told_which_file_or_directory_keeps_them_out()
    {
        Run($"New-BpfMap closed -Type array -ValueType u64 -MaxEntries 1 -PinPath {_pins.Name}/open/closed -Mode 0644 | Out-Null")
            .Succeeded();
        string Error() => Shell.RunWith("CAP_BPF",
            $"try {{ Get-BpfMap -Path {_pins.Path}/open/closed -ErrorAction Stop | Out-Null; 'read' }} catch {{ $_.Exception.Message }}")
            .Succeeded().Output;

        File.SetUnixFileMode("/sys/fs/bpf", (UnixFileMode)0b1_111_111_111);
        Assert.Equal("read\n", Error());
        File.SetUnixFileMode($"{_pins.Path}/open/closed", UnixFileMode.UserRead);
        Assert.Contains("This process runs as user id 65534. The file (mode 0400, of user id 0) does not let it read.", Error());
        File.SetUnixFileMode($"{_pins.Path}/open", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains($"The directory '{_pins.Path}/open' (mode 0500, of user id 0) does not let it in.", Error());
    }

    [Fact]
    public void A_pin_in_a_file_system_that_is_mounted_for_reading_only_is_read()
    {
        using var folder = new TemporaryFolder();

        var result = Shell.RunWithMounts($"""
            mount -t bpf bpf {folder.Path}
            bpftool map create {folder.Path}/kept type array key 4 value 4 entries 1 name kept
            bpftool map update pinned {folder.Path}/kept key 0 0 0 0 value 7 0 0 0
            mount -o remount,ro {folder.Path}
            """, $$"""
            (Get-BpfMap -Path {{folder.Path}}/kept).Name
            (Get-BpfPin {{folder.Path}}/kept).Kind
            [BitConverter]::ToUInt32((Get-BpfMapEntry -Path {{folder.Path}}/kept -Key 0).value)
            try { Set-BpfMapEntry -Path {{folder.Path}}/kept -Key 0 -Value 1 -ErrorAction Stop } catch { $_.Exception.Message }
            """).Succeeded();

        Assert.Equal(["kept", "Map", "7",
            "Map 'kept' is open for reading only: it was created with BPF_F_RDONLY, or its pin is read-only."], result.Lines);
    }

    [Theory]
    [InlineData("$map | Save-BpfMapPin {0}/it")]
    [InlineData("$map | Save-BpfMapPin -PinPath {0}/it")]
    [InlineData("Save-BpfMapPin kept {0}/it")]
    [InlineData("$o | Save-BpfProgramPin {0}/it")]
    [InlineData("$o | Save-BpfLinkPin {0}/it")]
    public void The_path_is_given_by_position_beside_the_pipeline_too(string save)
    {
        Run("$map = New-BpfMap kept -KeyType u32 -ValueType u32; $o = Start-BpfProgram $types").Succeeded();
        Run(string.Format(save, _pins.Name)).Succeeded();

        Assert.Equal(["it"], _pins.Entries);
    }

    [Theory]
    [InlineData("$map | Save-BpfMapPin", "-PinPath is missing")]
    [InlineData("$map | Export-BpfMap", "-Destination is missing")]
    [InlineData("$map | Clear-BpfMap kept", "The maps come from the pipeline or -InputObject, and others were named.")]
    public void A_path_that_is_missing_and_a_name_beside_the_pipeline_are_errors(string command, string message)
    {
        var outcome = Run($"$map = New-BpfMap kept -KeyType u32 -ValueType u32; {command}");

        Assert.Contains(message, Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    private string Access(string entry) => Command.Output("stat", "-c", "%a %U %G", $"{_pins.Path}/{entry}").Trim();
}
