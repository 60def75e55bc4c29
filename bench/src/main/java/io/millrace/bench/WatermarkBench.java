package io.millrace.bench;

import io.millrace.keyspace.files.Watermark;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the key space's watermark costs: CPU for each note of how far the log was synced, of which
 * there is one for each group of commits, and for its sync, of which there is one a second.
 *
 * <p>Arguments: directory (is made).
 */
public final class WatermarkBench {
    private static final int NOTES = 1_000_000;
    private static final int SYNCS = 100;

    private WatermarkBench() {}

    /** Runs the measure three times; the last one counts. */
    public static void main(String[] args) throws IOException {
        Path directory =
                args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("millrace-bench");
        Files.createDirectories(directory);
        long sequence = 0;
        try (Watermark watermark = Watermark.open(directory, sequence)) {
            for (int round = 0; round < 3; round++) {
                long began = cpuNanos();
                for (int i = 0; i < NOTES; i++) {
                    watermark.advance(++sequence);
                }
                long noted = cpuNanos();
                for (int i = 0; i < SYNCS; i++) {
                    watermark.advance(++sequence);
                    watermark.sync();
                }
                System.out.printf(
                        "note %.2f µs CPU, sync %.1f µs CPU%n",
                        (noted - began) / 1e3 / NOTES, (cpuNanos() - noted) / 1e3 / SYNCS);
            }
        }
    }

    private static long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return threads.getCurrentThreadCpuTime();
    }
}
