package io.millrace.bench.large;

import io.millrace.signing.AccessKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The server under load: other processes.
 *
 * @param host host:port of its object door
 * @param pids its processes, with commas between
 * @param ticksPerSecond of the kernel's CPU accounting, getconf CLK_TCK
 */
record Server(String host, int port, String pids, AccessKey key, int ticksPerSecond) {

    /** CPU milliseconds, user and system, of all its threads so far. */
    double cpuMillis() {
        double sum = 0;
        for (String pid : pids.split(",", -1)) {
            sum += cpuMillis(pid);
        }
        return sum;
    }

    private double cpuMillis(String pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return ticks * 1000.0 / ticksPerSecond;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the server is gone", e);
        }
    }
}
