package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.PostgresKeySpace;
import io.millrace.keyspace.PostgresOptions;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.space.StoreException;
import io.millrace.testkit.Seed;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes with disks of their own on one PostgreSQL. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class TwoExtentStoresTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path root;
    private final Seed seed = Seed.fresh();
    private EmbeddedPostgres database;

    @BeforeAll
    void start() throws Exception {
        database =
                EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofSeconds(120))
                        .setServerConfig("max_connections", "60")
                        .setServerConfig("fsync", "off")
                        .start();
    }

    @AfterAll
    void stop() throws Exception {
        database.close();
    }

    private KeySpace keySpace(String name) {
        return PostgresKeySpace.open(
                database.getJdbcUrl("postgres", name), PostgresOptions.standard());
    }

    private Fixture node(String directory) {
        return Fixture.open(root.resolve(directory), Fixture.quick(), () -> keySpace("postgres"));
    }

    @Test
    void aCopyOfARunningStoreIsRefusedAndTheOriginalGoesOn() throws Exception {
        byte[] bytes = Fixture.bytes(1, 50_000);
        Path original = root.resolve("original").resolve("volumes");
        Path copy = Files.createDirectories(root.resolve("copy").resolve("volumes"));
        try (Fixture running = node("original")) {
            running.put("running", bytes);
            try (Stream<Path> files = Files.list(original)) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            StoreException refused = assertThrows(StoreException.class, () -> node("copy").close());
            assertEquals(StoreException.Code.EXTENTS_REFUSED, refused.code());
            String text = String.valueOf(refused.getMessage());
            assertTrue(text.contains(original.toString()) && text.contains("running"), text);
            running.put("still", bytes);
            assertArrayEquals(bytes, running.get("still"));
        }
        try (Fixture again = node("original")) {
            assertArrayEquals(bytes, again.get("running"));
        }
        StoreException refused = assertThrows(StoreException.class, () -> node("copy").close());
        assertTrue(String.valueOf(refused.getMessage()).contains("store.adopt"));
    }

    /** What an object holds, and which nodes' disks it needs. */
    private record Expected(byte[] bytes, boolean onA, boolean onB) {
        boolean readableBy(boolean a) {
            return a ? !onB : !onA;
        }
    }

    @Test
    void everyReadIsTheBytesThatWereWrittenOrTheCodeNeverOtherBytes() {
        try (Fixture a = node("a");
                Fixture b = node("b")) {
            Random random = seed.random();
            Map<String, Expected> expected = new HashMap<>();
            for (int round = 0; round < 40; round++) {
                List<Callable<Map.Entry<String, Expected>>> writes = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    String key = "k" + (round * 50 + i);
                    Random own = new Random(random.nextLong());
                    writes.add(() -> Map.entry(key, write(key, own, a, b)));
                }
                Fixture.together(writes).forEach(e -> expected.put(e.getKey(), e.getValue()));
            }
            int elsewhere = 0;
            for (Map.Entry<String, Expected> object : expected.entrySet()) {
                elsewhere += verify(a, object.getKey(), object.getValue(), true);
                elsewhere += verify(b, object.getKey(), object.getValue(), false);
            }
            assertTrue(elsewhere > expected.size() / 4, elsewhere + " of " + seed);
            reclaim(a, b, expected);
        }
    }

    private static Expected write(String key, Random own, Fixture a, Fixture b) {
        boolean onA = own.nextBoolean();
        Fixture node = onA ? a : b;
        byte[] bytes = Fixture.bytes(own.nextLong(), 1 + own.nextInt(60_000));
        boolean extent = bytes.length > node.options.inlineBytes();
        switch (own.nextInt(4)) {
            case 0, 1 -> {
                node.put(key, bytes);
                return new Expected(bytes, extent && onA, extent && !onA);
            }
            case 2 -> {
                node.put(key + ".source", bytes);
                // The other node makes another owner of extents that it can't read.
                Fixture other = onA ? b : a;
                other.objects().copy(CopyObject.of(BUCKET, key + ".source", BUCKET, key));
                return new Expected(bytes, extent && onA, extent && !onA);
            }
            default -> {
                byte[] more = Fixture.bytes(own.nextLong(), 1 + own.nextInt(60_000));
                assertInstanceOf(AppendOutcome.Appended.class, node.append(key, 0, bytes));
                Fixture other = onA ? b : a;
                assertInstanceOf(
                        AppendOutcome.Appended.class,
                        other.objects()
                                .append(
                                        AppendObject.of(BUCKET, key, bytes.length, more.length),
                                        more));
                boolean second = more.length > node.options.inlineBytes();
                byte[] both = Arrays.copyOf(bytes, bytes.length + more.length);
                System.arraycopy(more, 0, both, bytes.length, more.length);
                return new Expected(both, onA ? extent : second, onA ? second : extent);
            }
        }
    }

    private int verify(Fixture node, String key, Expected expected, boolean a) {
        if (expected.readableBy(a)) {
            assertArrayEquals(expected.bytes(), node.get(key), key + " " + seed);
            return 0;
        }
        StoreException refused = assertThrows(StoreException.class, () -> node.get(key));
        assertEquals(StoreException.Code.EXTENT_ELSEWHERE, refused.code(), key + " " + seed);
        return 1;
    }

    /** Each node frees its own volumes, whoever deleted the objects in them. */
    private void reclaim(Fixture a, Fixture b, Map<String, Expected> expected) {
        long ofB = used(b);
        for (Map.Entry<String, Expected> object : expected.entrySet()) {
            if (object.getValue().onA() && !object.getValue().onB()) {
                b.objects().delete(BUCKET, object.getKey());
                b.objects().delete(BUCKET, object.getKey() + ".source");
            }
        }
        a.extents.list().forEach(volume -> a.extents.seal(volume.volume()));
        long ofA = used(a);
        for (int i = 0; i < 4; i++) {
            a.clock.advance(Duration.ofHours(1));
            b.clock.advance(Duration.ofHours(1));
            b.store.maintain();
            a.store.maintain();
        }
        assertTrue(used(a) < ofA, "A's volumes came back: " + used(a) + " of " + ofA);
        assertTrue(used(b) >= ofB, "B's are untouched");
        for (Map.Entry<String, Expected> object : expected.entrySet()) {
            if (!object.getValue().onA() || object.getValue().onB()) {
                verify(a, object.getKey(), object.getValue(), true);
                verify(b, object.getKey(), object.getValue(), false);
            }
        }
    }

    private static long used(Fixture node) {
        return node.extents.list().stream().mapToLong(VolumeInfo::usedBytes).sum();
    }
}
