package io.millrace.e2e.nodes;

import io.millrace.e2e.ServerProcess;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.extents.VolumeInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.LongSummaryStatistics;

/** A server of the storm, and how often it was started: its connections say which start. */
final class Node implements AutoCloseable {
    private final String name;
    private final Path data;
    private final String database;
    private final Line line;
    private final ServerProcess process;
    private final LongSummaryStatistics restartMillis = new LongSummaryStatistics();
    private int launches = 1;

    /**
     * Starts it.
     *
     * @param port that of the database
     * @param database what comes after the port in its address
     * @param before classes that stand before the program's own, if any
     */
    Node(String name, Path data, int port, String database, List<Path> before) {
        this.name = name;
        this.data = data;
        this.database = database;
        this.line = new Line(port);
        this.process = ServerProcess.startPatched(before, data, settings());
    }

    private String[] settings() {
        String url = "jdbc:postgresql://127.0.0.1:" + line.port() + database;
        return new String[] {
            "keyspace.engine=postgres",
            "keyspace.postgres.url=" + url + "&ApplicationName=" + name + launches,
            "roles=store,live,media,console",
            "extents.volume=1MiB",
            "store.grace=3s",
            "store.pause=1s",
            "live.segment=1s",
            "live.grace=2s"
        };
    }

    ServerProcess process() {
        return process;
    }

    LongSummaryStatistics restartMillis() {
        return restartMillis;
    }

    void killAndStart() {
        process.kill();
        launches++;
        long from = System.nanoTime();
        process.launch(settings());
        restartMillis.accept((System.nanoTime() - from) / 1_000_000);
    }

    void pause(int seconds) throws IOException, InterruptedException {
        signal("STOP");
        Thread.sleep(1_000L * seconds);
        signal("CONT");
    }

    /** All that it sends to the database comes so much later. */
    void holdUpItsLine(int seconds) throws InterruptedException {
        line.holdUp();
        Thread.sleep(1_000L * seconds);
        line.goOn();
    }

    private void signal(String signal) throws IOException, InterruptedException {
        String pid = Long.toString(process.pid());
        if (new ProcessBuilder("kill", "-" + signal, pid).start().waitFor() != 0) {
            throw new IllegalStateException(name + " can't be sent SIG" + signal);
        }
    }

    List<VolumeInfo> volumes() {
        try (LocalExtents extents =
                LocalExtents.open(List.of(data.resolve("extents")), ExtentsOptions.standard())) {
            return extents.list();
        }
    }

    @Override
    public void close() throws IOException {
        process.close();
        line.close();
    }
}
