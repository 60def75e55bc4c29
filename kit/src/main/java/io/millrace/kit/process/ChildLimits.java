package io.millrace.kit.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a child process may use; the kernel holds it to that ({@code setrlimit}, {@code nice}).
 *
 * @param cpu processor time over the child's whole life, whole seconds from 1 up
 * @param memoryBytes private memory it may allocate, at least 16 MiB
 * @param fileBytes the largest file it may write; 0 forbids writing files
 * @param openFiles file descriptors, at least 8
 * @param niceness 0 (as urgent as the server) to 19
 */
public record ChildLimits(
        Duration cpu, long memoryBytes, long fileBytes, int openFiles, int niceness) {

    public ChildLimits {
        if (cpu.toSeconds() < 1
                || memoryBytes < 16 << 20
                || fileBytes < 0
                || openFiles < 8
                || niceness < 0
                || niceness > 19) {
            throw new IllegalArgumentException("child limits out of range");
        }
    }

    /**
     * {@code command} as a POSIX shell starts it under these limits. The shell replaces itself by
     * the program, so that the process id is the program's. No part of {@code command} is read as
     * shell text.
     */
    List<String> wrap(List<String> command) {
        // dash counts -f in blocks of 512 bytes and -d in KiB. -d covers private anonymous mappings
        // (Linux 4.7), unlike -v, which would count what a JVM reserves and never touches. A system
        // without one of the limits (macOS has no -d) runs without that one.
        String script =
                "ulimit -c 0; ulimit -t "
                        + cpu.toSeconds()
                        + "; ulimit -d "
                        + memoryBytes / 1024
                        + " 2>/dev/null; ulimit -f "
                        + (fileBytes + 511) / 512
                        + "; ulimit -n "
                        + openFiles
                        + "; exec nice -n "
                        + niceness
                        + " \"$@\"";
        List<String> wrapped = new ArrayList<>(List.of("/bin/sh", "-c", script, "sh"));
        wrapped.addAll(command);
        return wrapped;
    }
}
