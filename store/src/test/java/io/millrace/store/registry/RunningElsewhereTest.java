package io.millrace.store.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One run of an extent store at a time: who comes second waits for the first one's end. */
class RunningElsewhereTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");

    @TempDir Path directory;
    private KeySpace keySpace;
    private Extents extents;
    private Leases here;
    private Leases elsewhere;
    private final List<Duration> pauses = new ArrayList<>();

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        here = leases("here");
        elsewhere = leases("elsewhere");
        extents = extents();
    }

    private Leases leases(String node) {
        return Leases.open(keySpace, node, Leases.Options.standard(), MonotonicClock.system());
    }

    private Extents extents() {
        return LocalExtents.open(
                List.of(directory.resolve("volumes")),
                ExtentsOptions.standard().withReserveBytes(0));
    }

    @AfterEach
    void close() {
        extents.close();
        here.close();
        elsewhere.close();
        keySpace.close();
    }

    private StoreRegistry registry(Consumer<Duration> pause) {
        return new StoreRegistry(new Space(keySpace, true), InstantSource.fixed(NOW), pause);
    }

    private StoreRegistry registry() {
        return registry(pauses::add);
    }

    private Optional<Tenure> takenElsewhere() {
        return elsewhere.acquire(StoreRegistry.RUN + extents.identity().store());
    }

    private String refused() {
        StoreException refused =
                assertThrows(StoreException.class, () -> registry().register(extents, here));
        assertEquals(StoreException.Code.EXTENTS_REFUSED, refused.code());
        return String.valueOf(refused.getMessage());
    }

    @Test
    void aRunHoldsItsStoreUntilItIsClosed() {
        Tenure running = registry().register(extents, here).orElseThrow();
        assertEquals(Optional.empty(), takenElsewhere());
        running.close();
        assertTrue(takenElsewhere().isPresent());
        assertEquals(List.of(), pauses, "nobody was in the way");
    }

    @Test
    void theEndOfAnotherRunIsWaitedForAndThenTheStoreIsTaken() {
        Tenure other = takenElsewhere().orElseThrow();
        StoreRegistry registry =
                registry(
                        pause -> {
                            pauses.add(pause);
                            if (pauses.size() == 3) {
                                other.close();
                            }
                        });
        assertTrue(registry.register(extents, here).isPresent());
        assertEquals(3, pauses.size());
        assertEquals(Optional.empty(), takenElsewhere());
        assertTrue(extents.identity().confirmed());
    }

    @Test
    void aRunThatDoesNotEndIsRefusedOnceItCantBeADeadNodesAnyMore() {
        assertTrue(takenElsewhere().isPresent());
        String text = refused();
        assertTrue(
                text.startsWith(
                        extents.identity().place().address()
                                + " is a copy of extent store "
                                + extents.identity().store()
                                + ", which is running at another node: "),
                text);
        assertEquals(StoreRegistry.PATIENCE_TRIES, pauses.size());
        Duration waited = pauses.stream().reduce(Duration.ZERO, Duration::plus);
        assertTrue(waited.compareTo(Leases.Options.standard().timeToLive()) > 0, "" + waited);
    }

    @Test
    void theRefusalSaysWhereAndSinceWhenTheOtherRuns() {
        registry().register(extents, here).orElseThrow().close();
        extents.close();
        extents = extents();
        assertTrue(takenElsewhere().isPresent());
        String text = refused();
        String place = extents.identity().place().address();
        assertTrue(text.contains("running at " + place + " (start 1, " + NOW + "): "), text);
    }

    @Test
    void extentsThatAreClosedAreRefusedWithTheirOwnReason() {
        extents.close();
        StoreException refused =
                assertThrows(StoreException.class, () -> registry().register(extents, here));
        assertEquals(StoreException.Code.EXTENTS_REFUSED, refused.code());
        assertEquals("the extents are closed", refused.getMessage());
    }
}
