package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damages;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.testkit.FakeExchange;
import io.millrace.work.Leases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
            Health health =
                    new Health(
                            keySpace,
                            leases,
                            new Damages(),
                            store,
                            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                            () -> true);
            assertEquals(200, ready(health).status());
            // What stands in the next volume's place makes its creation fail.
            Files.createDirectory(data.resolve("extents/000000000001.volume"));
            assertThrows(ExtentsException.class, () -> extents.append(new byte[20_000], 0, 20_000));
            FakeExchange answer = ready(health);
            assertEquals(503, answer.status());
            assertTrue(answer.answerText().contains("start again"), answer.answerText());
        }
    }

    private static FakeExchange ready(Health health) {
        FakeExchange exchange = new FakeExchange("GET", "/readyz");
        health.ready(exchange);
        return exchange;
    }
}
