package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.KeySpace;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {
    @TempDir Path directory;

    private static final String RECLAIMER = "leased-store/reclaim";

    /** Scans of the reclaimer that will fail with an Error. */
    private final AtomicInteger failing = new AtomicInteger();

    @Tag("slow")
    @Test
    void anErrorInTheBackgroundIsToldAndDoesNotEndTheReclaimer() throws InterruptedException {
        StoreOptions options = Fixture.quick().withMaintenance(Duration.ofMillis(5));
        try (Fixture fixture = Fixture.open(directory, options, this::failingKeySpace)) {
            failing.set(1);
            await(() -> fixture.store.failedPasses() == 1);
            fixture.put("k", Fixture.bytes(1, 100));
            failing.set(Integer.MAX_VALUE);
            await(() -> fixture.store.trouble().isPresent());
            assertTrue(fixture.store.trouble().orElseThrow().contains("no memory for the test"));
            failing.set(0);
            await(() -> fixture.store.trouble().isEmpty());
            assertEquals(Optional.empty(), fixture.store.trouble());
        }
    }

    private KeySpace failingKeySpace() {
        KeySpace real = Fixture.rocks(directory);
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("scan")
                                    && Thread.currentThread().getName().equals(RECLAIMER)
                                    && failing.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                                throw new OutOfMemoryError("no memory for the test");
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 3_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertTrue(condition.getAsBoolean(), "within 30 s");
    }
}
