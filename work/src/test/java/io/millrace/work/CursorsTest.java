package io.millrace.work;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.MonotonicClock;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CursorsTest {
    @TempDir Path directory;

    @Test
    void theFurthestIsThatOfTheShardAmongTheConsumersThatAreMeant() {
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system())) {
            Cursors cursors = new Cursors(leases.acquire("test").orElseThrow().keySpace());
            cursors.save("cameras/a", Map.of(0, 7L, 1, 3L));
            cursors.save("cameras/b", Map.of(0, 5L, 1, 4L));
            cursors.save("cameras", Map.of(0, 90L));
            cursors.save("media", Map.of(0, 91L, 2, 92L));
            assertEquals(7, Cursors.furthest(keySpace, "cameras/", 0));
            assertEquals(4, Cursors.furthest(keySpace, "cameras/", 1));
            assertEquals(0, Cursors.furthest(keySpace, "cameras/", 2));
        }
    }
}
