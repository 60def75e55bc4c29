package io.millrace.e2e.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.e2e.nodes.Storm.Disturbance;
import io.millrace.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The observer of the storm sees a fence that is missing: servers that run a copy of the class
 * without it write what is another's, and that is what is reported.
 *
 * <p>{@code FENCE=… bench/two-nodes.sh} takes other ones out, or waits in another way.
 */
@Execution(ExecutionMode.CONCURRENT) // it waits more than it works
class FenceTakenOutTest {
    private static final String OUT = System.getProperty("millrace.nodes.fence", "GUARD,CLOCK");
    private static final String KINDS = System.getProperty("millrace.nodes.kinds", "LATE,PAUSE");
    private static final int LEAST = Integer.getInteger("millrace.nodes.pause.least", 16);
    private static final int MOST = Integer.getInteger("millrace.nodes.pause", 20);
    private static final int DISTURBANCES = Integer.getInteger("millrace.nodes.disturbances", 40);
    private static final int STREAMS = 4;

    @TempDir Path root;
    private final Seed seed = Seed.fresh();

    @Test
    void aFenceThatIsMissingIsNoticed() throws Exception {
        List<FenceTakenOut> out =
                Arrays.stream(OUT.split(",")).map(FenceTakenOut::valueOf).toList();
        List<Disturbance> kinds =
                Arrays.stream(KINDS.split(",")).map(Disturbance::valueOf).toList();
        Path classes = FenceTakenOut.compile(out, root.resolve("without"));
        AtomicReference<List<String>> noticed = new AtomicReference<>(List.of());
        Storm.Plan plan = new Storm.Plan(kinds, LEAST, MOST);
        try (Storm storm = new Storm(root, seed, plan, List.of(classes))) {
            storm.rage(
                    STREAMS,
                    () -> noticed.get().isEmpty() && storm.disturbances() < DISTURBANCES,
                    () -> noticed.set(FenceCheck.of(storm.rows()).unfenced()));
            Files.writeString(
                    Path.of("target/fence-taken-out.txt"),
                    "without "
                            + out
                            + ", noticed "
                            + noticed.get().size()
                            + " rows: "
                            + noticed.get()
                            + "\n"
                            + storm.report());
        }
        boolean expected = out.contains(FenceTakenOut.GUARD);
        assertEquals(expected, !noticed.get().isEmpty(), seed.toString());
    }
}
