package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Scan;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReclaimTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Test
    void aDeletionThatDoesNotReadIsToldAndKeepsNoOtherFromBeingFreed() {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] bad = StoreKeys.deletion(1, 0);
            Batch broken = Batch.builder().put(bad, new byte[] {1, 9}).build();
            assertTrue(fixture.keySpace.commit(broken).committed());
            fixture.put("gone", Fixture.bytes(1, 300_000));
            fixture.objects().delete(BUCKET, "gone");
            fixture.clock.advance(Duration.ofMinutes(11));
            StoreException told =
                    assertThrows(StoreException.class, () -> fixture.store.maintain());
            assertEquals(StoreException.Code.CORRUPT, told.code());
            List<Entry> left = fixture.keySpace.scan(Scan.prefix(new byte[] {'D'}, 10));
            assertEquals(1, left.size());
            assertArrayEquals(bad, left.getFirst().key());
        }
    }

    @Test
    void anUploadThatDoesNotReadIsToldAndKeepsNoOtherFromItsExpiry() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.store.uploads().initiate(BUCKET, "a", ObjectMetadata.NONE);
            fixture.store.uploads().initiate(BUCKET, "b", ObjectMetadata.NONE);
            Scan uploads = Scan.prefix(StoreKeys.allUploads(), 10);
            Entry bad = fixture.keySpace.scan(uploads).getFirst();
            Batch broken = Batch.builder().put(bad.key(), new byte[] {1}).build();
            assertTrue(fixture.keySpace.commit(broken).committed());
            fixture.clock.advance(Duration.ofDays(30));
            StoreException told =
                    assertThrows(StoreException.class, () -> fixture.store.maintain());
            assertEquals(StoreException.Code.CORRUPT, told.code());
            List<Entry> left = fixture.keySpace.scan(uploads);
            assertEquals(1, left.size());
            assertArrayEquals(bad.key(), left.getFirst().key());
        }
    }

    @Test
    void volumesOfDeletedObjectsAreDeletedAfterTheGrace() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int i = 0; i < 40; i++) {
                fixture.put("k" + i, Fixture.bytes(i, 1_000_000));
            }
            seal(fixture);
            long before = fixture.extents.list().size();
            for (int i = 0; i < 40; i++) {
                fixture.objects().delete(BUCKET, "k" + i);
            }
            assertEquals(0, fixture.store.maintain().deletions(), "the grace protects readers");
            settle(fixture);
            long after = fixture.extents.list().stream().filter(VolumeInfo::sealed).count();
            assertTrue(before >= 5, before + " volumes before");
            assertEquals(0, after);
            assertEquals(0, fixture.store.statistics().deadBytes());
        }
    }

    @Test
    void compactionMovesEveryKindOfOwnerAndReadersGoOn() {
        try (Fixture fixture = Fixture.open(directory)) {
            Random random = new Random(8);
            List<String> kept = new ArrayList<>();
            List<Long> seeds = new ArrayList<>();
            List<String> dropped = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String key = "k" + i;
                int size = 100_000 + random.nextInt(500_000);
                byte[] bytes = Fixture.bytes(i, size);
                switch (i % 4) {
                    case 0 -> fixture.put(key, bytes);
                    case 1 -> fixture.append(key, 0, bytes);
                    case 2 -> {
                        String id =
                                fixture.store
                                        .uploads()
                                        .initiate(BUCKET, key, ObjectMetadata.NONE)
                                        .uploadId();
                        UploadsTest.complete(
                                fixture,
                                key,
                                id,
                                List.of(UploadsTest.part(fixture, key, id, 1, bytes)));
                    }
                    default -> {
                        fixture.put("source", bytes);
                        fixture.objects().copy(CopyObject.of(BUCKET, "source", BUCKET, key));
                        fixture.objects().copy(CopyObject.of(BUCKET, key, BUCKET, key + "c"));
                    }
                }
                if (random.nextInt(4) == 0) {
                    kept.add(key);
                    seeds.add((long) i);
                } else {
                    dropped.add(key);
                    dropped.add(key + "c");
                }
            }
            List<byte[]> contents = kept.stream().map(fixture::get).toList();
            List<ObjectReader> readers =
                    kept.stream()
                            .map(k -> fixture.objects().open(BUCKET, k).orElseThrow())
                            .toList();
            seal(fixture);
            long used = used(fixture);
            fixture.objects().deleteMany(BUCKET, dropped);
            fixture.objects().delete(BUCKET, "source");
            fixture.clock.advance(Duration.ofMinutes(11));
            long moved = 0;
            for (int pass = 0; pass < 8; pass++) {
                moved += fixture.store.maintain().extentsMoved();
            }
            assertTrue(moved > 0);
            for (int i = 0; i < kept.size(); i++) {
                assertArrayEquals(contents.get(i), Fixture.read(readers.get(i)), kept.get(i));
            }
            readers.forEach(ObjectReader::close);
            settle(fixture);
            long left = used(fixture);
            assertTrue(left < used * 3 / 4, left + " of " + used + " bytes are left");
            fixture.reopen();
            for (int i = 0; i < kept.size(); i++) {
                assertArrayEquals(contents.get(i), fixture.get(kept.get(i)), kept.get(i));
            }
        }
    }

    @Tag("slow")
    @Test
    void writersReadersAndTheReclaimerDoNotDisturbEachOther() {
        try (Fixture fixture = Fixture.open(directory)) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                String prefix = "w" + writer + "/";
                int seed = writer;
                tasks.add(
                        () -> {
                            Random random = new Random(seed);
                            for (int i = 0; i < 60; i++) {
                                String key = prefix + random.nextInt(5);
                                byte[] bytes = Fixture.bytes(i, 17_000 + random.nextInt(200_000));
                                fixture.put(key, bytes);
                                assertArrayEquals(bytes, fixture.get(key));
                                if (random.nextInt(3) == 0) {
                                    String copy = prefix + "copy";
                                    fixture.objects()
                                            .copy(CopyObject.of(BUCKET, key, BUCKET, copy));
                                    fixture.objects().delete(BUCKET, key);
                                    assertArrayEquals(bytes, fixture.get(copy));
                                }
                            }
                            return 0;
                        });
            }
            tasks.add(
                    () -> {
                        for (int i = 0; i < 30; i++) {
                            fixture.clock.advance(Duration.ofMinutes(11));
                            fixture.store.maintain();
                            Thread.sleep(20);
                        }
                        return 0;
                    });
            Fixture.together(tasks);
        }
    }

    /** Fills the open volumes, so that all that hold objects are sealed. */
    private static void seal(Fixture fixture) {
        for (VolumeInfo volume : fixture.extents.list()) {
            fixture.extents.seal(volume.volume());
        }
    }

    private static long used(Fixture fixture) {
        return fixture.extents.list().stream().mapToLong(VolumeInfo::usedBytes).sum();
    }

    private static void settle(Fixture fixture) {
        for (int pass = 0; pass < 12; pass++) {
            fixture.clock.advance(Duration.ofMinutes(11));
            fixture.store.maintain();
        }
    }
}
