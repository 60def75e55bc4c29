package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeasedTaskTest {
    private static final Leases.Options QUICK =
            new Leases.Options(Duration.ofMillis(50), Duration.ofMillis(400));

    @TempDir Path directory;
    private KeySpace keySpace;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    @Test
    void oneNodeWorksAtATimeAndAnotherTakesOverWhenItSleeps() throws Exception {
        SleepingKeySpace sleepers = new SleepingKeySpace(keySpace);
        BlockingQueue<Long> begun = new LinkedBlockingQueue<>();
        LeasedTask.Work work =
                tenure -> {
                    begun.add(tenure.lease().epoch());
                    while (tenure.await(Duration.ofMillis(5))) {
                        // works
                    }
                };
        try (Leases a = Leases.open(sleepers, "a", QUICK, MonotonicClock.system());
                Leases b = Leases.open(keySpace, "b", QUICK, MonotonicClock.system());
                LeasedTask onA = LeasedTask.start(a, "sweep", work)) {
            assertEquals(1, begun.poll(20, TimeUnit.SECONDS));
            try (LeasedTask onB = LeasedTask.start(b, "sweep", work)) {
                try (SleepingKeySpace.Nap nap = sleepers.sleep()) {
                    assertEquals(2, begun.poll(20, TimeUnit.SECONDS));
                }
                assertTrue(onB.working());
                assertFalse(onA.working());
            }
            assertEquals(3, begun.poll(20, TimeUnit.SECONDS), "given back at once by a clean end");
        }
    }

    @Test
    void aPassThatFailsIsTriedAgain() throws Exception {
        BlockingQueue<Integer> passes = new LinkedBlockingQueue<>();
        AtomicInteger count = new AtomicInteger();
        try (Leases a = Leases.open(keySpace, "a", QUICK, MonotonicClock.system());
                LeasedTask task =
                        LeasedTask.every(
                                Duration.ofMillis(1),
                                a,
                                "sweep",
                                tenure -> {
                                    passes.add(count.incrementAndGet());
                                    if (count.get() < 3) {
                                        throw new OutOfMemoryError("on purpose");
                                    }
                                })) {
            for (int i = 1; i <= 5; i++) {
                assertEquals(i, passes.poll(20, TimeUnit.SECONDS));
            }
            assertTrue(task.working());
        }
    }
}
