# Says which lines of source files are longer than they may be, as errors that MSBuild understands. The files are those that a list
# names, one on a line, so that there may be any number of them.
#
#   LC_ALL=C awk -v maximum=140 -f build/line-length.awk LIST

{
    file = $0
    number = 0
    while ((getline line < file) > 0) {
        number++
        # A character of UTF-8 is as many bytes as it needs, and all but its first are of this form.
        gsub(/[\200-\277]/, "", line)
        if (length(line) > maximum) {
            printf "%s(%d): error BPFPS020: The line has %d columns; the maximum is %d.\n", file, number, length(line), maximum
            failed = 1
        }
    }
    close(file)
}

END { exit failed }
