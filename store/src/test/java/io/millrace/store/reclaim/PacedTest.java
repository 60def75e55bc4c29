package io.millrace.store.reclaim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.kit.MonotonicClock;
import io.millrace.store.Bench;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a pass is due. */
class PacedTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Leases leases;
    private Tenure tenure;
    private long nanos = 77;
    private boolean isShort;
    private final List<Tenure> passes = new ArrayList<>();

    @BeforeAll
    static void begin() {
        ground = new Bench.Ground(directory);
    }

    @AfterAll
    static void end() {
        ground.close();
    }

    @BeforeEach
    void open() {
        bench = new Bench(ground);
        leases =
                Leases.open(
                        bench.keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        tenure = leases.acquire("paced").orElseThrow();
    }

    @AfterEach
    void close() {
        leases.close();
        bench.close();
    }

    private Paced paced(Duration interval) {
        return new Paced(interval, () -> nanos, () -> isShort, passes::add);
    }

    private int run(Paced paced, Duration later) throws InterruptedException {
        nanos += later.toNanos();
        paced.run(tenure);
        return passes.size();
    }

    @Test
    void aPassIsDueWhenItsIntervalIsOverSinceTheLast() throws InterruptedException {
        Paced paced = paced(MINUTE);
        assertEquals(0, run(paced, MINUTE.minusNanos(1)));
        assertEquals(1, run(paced, Duration.ofNanos(1)));
        assertEquals(1, run(paced, MINUTE.minusNanos(1)));
        assertEquals(2, run(paced, Duration.ofSeconds(3)));
        assertEquals(
                2,
                run(paced, MINUTE.minusNanos(1)),
                "counted from the pass, not from when it was due");
        assertEquals(3, run(paced, Duration.ofNanos(1)));
        assertEquals(List.of(tenure, tenure, tenure), passes);
    }

    @Test
    void aShortDiskGetsAPassAtEachLook() throws InterruptedException {
        Paced paced = paced(MINUTE);
        isShort = true;
        assertEquals(1, run(paced, Duration.ZERO));
        assertEquals(2, run(paced, Duration.ofSeconds(3)));
        isShort = false;
        assertEquals(2, run(paced, Duration.ofSeconds(59)));
        assertEquals(3, run(paced, Duration.ofSeconds(1)));
    }

    @Test
    void anIntervalNoLongerThanALookIsItsOwn() throws InterruptedException {
        Paced each = paced(Duration.ofSeconds(3));
        assertEquals(1, run(each, Duration.ZERO));
        assertEquals(2, run(each, Duration.ZERO));
        Paced longer = paced(Duration.ofSeconds(3).plusNanos(1));
        assertEquals(2, run(longer, Duration.ofSeconds(3)));
        assertEquals(3, run(longer, Duration.ofNanos(1)));
    }

    @Test
    void looksAreThreeSecondsApartAndNeverLongerThanTheInterval() {
        assertEquals(Duration.ofSeconds(3), paced(MINUTE).look());
        assertEquals(Duration.ofSeconds(3), paced(Duration.ofSeconds(3)).look());
        assertEquals(Duration.ofMillis(20), paced(Duration.ofMillis(20)).look());
    }
}
