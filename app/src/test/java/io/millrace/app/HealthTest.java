package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.testkit.FakeExchange;
import io.millrace.work.Leases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthTest {
    private static final Clocks CLOCKS = Clocks.system();

    @TempDir Path data;

    @Test
    void aServerWhoseVolumesCanNotBeWrittenIsNotReady() throws Exception {
        try (RocksKeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"));
                Leases leases =
                        Leases.open(
                                keySpace, "node", Leases.Options.standard(), CLOCKS.monotonic());
                LocalExtents extents =
                        LocalExtents.open(
                                List.of(data.resolve("extents")),
                                ExtentsOptions.standard().withReserveBytes(0));
                Store store =
                        Store.open(keySpace, leases, extents, StoreOptions.defaults(), CLOCKS)) {
            Health health = health(keySpace, leases, store);
            assertEquals(200, ready(health).status());
            // What stands in the next volume's place makes its creation fail.
            Files.createDirectory(data.resolve("extents/000000000001.volume"));
            assertThrows(ExtentsException.class, () -> extents.append(new byte[20_000], 0, 20_000));
            FakeExchange answer = ready(health);
            assertEquals(503, answer.status());
            assertTrue(answer.answerText().contains("start again"), answer.answerText());
        }
    }

    @Test
    void aDiskThatHasRoomAgainAMomentLaterIsNamedOrNotFull() {
        AtomicLong asked = new AtomicLong();
        DiskSpace.Meter meter =
                new DiskSpace.Meter() {
                    @Override
                    public String device() {
                        return "disk";
                    }

                    @Override
                    public long totalBytes() {
                        return 1_000L << 20;
                    }

                    @Override
                    public long freeBytes() {
                        return asked.incrementAndGet() % 2 == 0 ? 0 : 900L << 20;
                    }
                };
        // Asked afresh each time: a second passes between any two looks.
        AtomicLong seconds = new AtomicLong();
        DiskSpace disk =
                new DiskSpace(
                        meter,
                        DiskReserve.ofBytes(100L << 20),
                        () -> seconds.incrementAndGet() * 1_000_000_000);
        try (RocksKeySpace rows = RocksKeySpace.open(data.resolve("keyspace"));
                KeySpace keySpace = onDisk(rows, disk);
                Leases leases =
                        Leases.open(
                                keySpace, "node", Leases.Options.standard(), CLOCKS.monotonic());
                LocalExtents extents =
                        LocalExtents.open(
                                List.of(data.resolve("extents")),
                                ExtentsOptions.standard().withReserveBytes(0));
                Store store =
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults().withMaintenance(Duration.ZERO),
                                CLOCKS)) {
            Health health = health(keySpace, leases, store);
            for (int i = 0; i < 10; i++) {
                FakeExchange answer = ready(health);
                assertTrue(
                        answer.status() == 200 || answer.answerText().contains("the disk is full"),
                        answer.answerText());
            }
        }
    }

    private static KeySpace onDisk(KeySpace rows, DiskSpace disk) {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("disk")) {
                                return Optional.of(disk);
                            }
                            try {
                                return method.invoke(rows, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static Health health(KeySpace keySpace, Leases leases, Store store) {
        return new Health(keySpace, leases, new Damages(), store, () -> true);
    }

    private static FakeExchange ready(Health health) {
        FakeExchange exchange = new FakeExchange("GET", "/readyz");
        health.ready(exchange);
        return exchange;
    }
}
