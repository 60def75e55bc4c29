package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.e2e.nodes.Storm.Disturbance;
import io.millrace.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one PostgreSQL under random operations, publishers that contest a stream and
 * cameras that roll over, with kill −9, pauses (SIGSTOP), commits that come late, and resumes: no
 * wrong byte is ever served, what was acknowledged is there, nothing is reclaimed twice, no stream
 * has two owners, each byte of a camera is indexed once. And all of that was tried.
 *
 * <p>{@code bench/two-nodes.sh} makes the long run of it.
 */
class KilledAndPausedTest {
    private static final int OPERATIONS = Integer.getInteger("millrace.nodes.operations", 700);
    private static final int PAUSE_SECONDS = Integer.getInteger("millrace.nodes.pause", 8);

    @TempDir Path root;
    private final Seed seed = Seed.fresh();

    @Test
    void nothingIsLostWrongFreedTwiceOrOwnedByTwo() throws Exception {
        Storm.Plan plan = new Storm.Plan(List.of(Disturbance.values()), 1, PAUSE_SECONDS);
        AtomicInteger left = new AtomicInteger(OPERATIONS);
        try (Storm storm = new Storm(root, seed, plan, List.of())) {
            storm.rage(1, () -> left.getAndDecrement() > 0 || !storm.eachKind(), () -> {});
            storm.settleAndCheck();
            Files.writeString(Path.of("target/two-nodes.txt"), storm.report());
            assertEquals(List.of(), storm.findings().wrong(), seed.toString());
            assertEquals(List.of(), storm.notTried(), seed.toString());
        }
    }
}
