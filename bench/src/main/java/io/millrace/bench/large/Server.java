package io.millrace.bench.large;

import io.millrace.signing.AccessKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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
            sum += cpuMillis(Path.of("/proc", pid, "stat"));
        }
        return sum;
    }

    /**
     * The part of it that is the JVM's compilers', which a server that has run for long no longer
     * needs. Their threads can come and go: those that are there now.
     */
    double compilerMillis() {
        double sum = 0;
        for (String pid : pids.split(",", -1)) {
            try (Stream<Path> threads = Files.list(Path.of("/proc", pid, "task"))) {
                sum += threads.filter(Server::compiles).mapToDouble(this::threadMillis).sum();
            } catch (IOException e) {
                throw new UncheckedIOException("the server is gone", e);
            }
        }
        return sum;
    }

    private static boolean compiles(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).matches("C[12] Compiler.*\\s*");
        } catch (IOException e) {
            return false; // a thread that has ended
        }
    }

    private double threadMillis(Path thread) {
        return cpuMillis(thread.resolve("stat"));
    }

    private double cpuMillis(Path file) {
        try {
            String stat = Files.readString(file);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return ticks * 1000.0 / ticksPerSecond;
        } catch (IOException e) {
            throw new UncheckedIOException("the server is gone", e);
        }
    }
}
