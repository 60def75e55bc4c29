package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.VolumeInfo;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.DiskSpace;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door: what the store says of itself, and that closing it ends all that it began. */
class StoreTest {
    private static final String BUCKET = Fixture.BUCKET;
    private static final byte[] SMALL = Fixture.bytes(1, 10);
    private static final byte[] LARGE = Fixture.bytes(2, 300_000);

    @TempDir Path directory;

    private Fixture open() {
        return Fixture.hasty(directory, Fixture.quick(), () -> Fixture.rocks(directory));
    }

    private static PutOutcome put(Store store, String bucket, byte[] bytes) {
        return store.objects().put(PutObject.of(bucket, "k", bytes.length), bytes);
    }

    @Test
    void whatItHoldsIsCountedOverAllBucketsAndVolumes() {
        try (Fixture fixture = open()) {
            Store store = fixture.store;
            assertEquals(new StoreStatistics(1, 0, 0, 0, 0, 0), store.statistics());
            store.buckets().create("other", "root", BucketAcl.PRIVATE);
            fixture.put("small", SMALL);
            fixture.put("large", LARGE);
            put(store, "other", LARGE);
            PutObject wrong =
                    PutObject.of(BUCKET, "wrong", LARGE.length)
                            .with(ExpectedDigests.NONE.withCrc64(7));
            assertInstanceOf(
                    PutOutcome.DigestMismatch.class,
                    store.objects().put(wrong, new ByteArrayInputStream(LARGE)));
            int bytes = SMALL.length + LARGE.length;
            assertEquals(new StoreStatistics.OfBucket(2, bytes), store.statistics(BUCKET));
            assertEquals(new StoreStatistics.OfBucket(1, LARGE.length), store.statistics("other"));
            List<VolumeInfo> volumes = fixture.extents.list();
            long taken = volumes.stream().mapToLong(VolumeInfo::sizeBytes).sum();
            assertTrue(taken >= 3 * LARGE.length);
            assertEquals(
                    new StoreStatistics(
                            2, 3, bytes + LARGE.length, volumes.size(), taken, LARGE.length),
                    store.statistics());
            StoreException none =
                    assertThrows(StoreException.class, () -> store.statistics("none"));
            assertEquals(StoreException.Code.NO_SUCH_BUCKET, none.code());
        }
    }

    @Test
    void itIsMadeOfTheKeySpaceTheExtentsAndTheOptionsGiven() {
        try (Fixture fixture = open()) {
            Store store = fixture.store;
            assertEquals(fixture.extents.identity().store().toString(), store.extentStore());
            assertEquals(fixture.options.region(), store.buckets().require(BUCKET).region());
            assertEquals(fixture.clock.instant(), fixture.put("small", SMALL).lastModified());
            assertEquals(0, fixture.extents.list().size(), "it is a row of the key space");
            fixture.put("large", LARGE);
            assertEquals(1, fixture.extents.list().size());
            DiskSpace disk = fixture.keySpace.disk().orElseThrow();
            assertEquals(disk.state().device(), store.room().states().getFirst().device());
            assertEquals(Optional.empty(), store.extentsFailure());
            assertEquals(0, store.scrub().status().pass());
            assertTrue(store.changes().version() > 0, "two changes");
        }
    }

    @Test
    void aVolumeWhoseHeaderIsBrokenIsCountedWithTheOthers() throws IOException {
        try (Fixture fixture = open()) {
            fixture.put("large", LARGE);
            fixture.close();
            for (Path volume : volumes()) {
                byte[] bytes = Files.readAllBytes(volume);
                Arrays.fill(bytes, 0, 4096, (byte) 7);
                Files.write(volume, bytes);
            }
            fixture.reopen();
            VolumeInfo broken = fixture.extents.list().getFirst();
            assertEquals(null, broken.store());
            assertEquals(
                    new StoreStatistics(1, 1, LARGE.length, 1, broken.sizeBytes(), 0),
                    fixture.store.statistics());
        }
    }

    private List<Path> volumes() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
            return files.filter(file -> file.toString().endsWith(".volume")).toList();
        }
    }

    @Test
    void theLeastSizeOfAPartIsTheOptions() {
        StoreOptions quick = Fixture.quick();
        int least = 1000;
        StoreOptions options =
                new StoreOptions(
                        quick.region(),
                        quick.inlineBytes(),
                        least,
                        quick.bucketCache(),
                        quick.grace(),
                        quick.uploadExpiry(),
                        quick.logRetention(),
                        quick.maintenance(),
                        quick.scrub());
        try (Fixture fixture = Fixture.hasty(directory, options, () -> Fixture.rocks(directory))) {
            String id =
                    fixture.store.uploads().initiate(BUCKET, "k", ObjectMetadata.NONE).uploadId();
            CompleteUpload.NamedPart small =
                    UploadsTest.part(fixture, "k", id, 1, new byte[least - 1]);
            CompleteUpload.NamedPart last = UploadsTest.part(fixture, "k", id, 2, new byte[1]);
            assertEquals(
                    new CompleteOutcome.PartTooSmall(1, least - 1, least),
                    UploadsTest.complete(fixture, "k", id, List.of(small, last)));
            CompleteUpload.NamedPart enough =
                    UploadsTest.part(fixture, "k", id, 1, new byte[least]);
            assertInstanceOf(
                    CompleteOutcome.Completed.class,
                    UploadsTest.complete(fixture, "k", id, List.of(enough, last)));
        }
    }

    /** The same as the extents' own durability: one of the two alone would be worth nothing. */
    @Test
    void rowsWaitForTheDiskWhereTheExtentsDo() {
        List<Boolean> synced = new ArrayList<>();
        for (boolean strict : new boolean[] {true, false}) {
            Path node = directory.resolve(strict ? "strict" : "relaxed");
            try (KeySpace real = Fixture.rocks(node);
                    BeforeCommit space = new BeforeCommit(real);
                    Fixture fixture =
                            strict
                                    ? Fixture.open(node, Fixture.quick(), () -> space)
                                    : Fixture.hasty(node, Fixture.quick(), () -> space)) {
                long id = fixture.store.buckets().require(BUCKET).id();
                space.ofPut(StoreKeys.objects(id), batch -> synced.add(batch.sync()));
                fixture.put("a", SMALL);
            }
        }
        assertEquals(List.of(true, false), synced);
    }

    @Test
    void onlyOneRunsAtATimeAndAClosedOneLetsTheNextInAtOnce() {
        try (Fixture fixture = open()) {
            String run = "store/run/" + fixture.store.extentStore();
            assertTrue(fixture.leases.holder(run).isPresent());
            fixture.store.close();
            assertEquals(Optional.empty(), fixture.leases.holder(run));
        }
    }

    @Test
    void aClosedStoreReclaimsNothingAndTakesNoLargeBody() {
        try (Fixture fixture = open()) {
            fixture.store.close();
            StoreException closed = assertThrows(StoreException.class, fixture.store::maintain);
            assertEquals(StoreException.Code.CLOSED, closed.code());
            byte[] bytes = new byte[3 << 20];
            StoreException large =
                    assertThrows(StoreException.class, () -> fixture.put("a", bytes));
            assertEquals(StoreException.Code.CLOSED, large.code());
            assertTrue(fixture.objects().head(BUCKET, "a").isEmpty());
        }
    }

    @Test
    void theWorkInTheBackgroundBeginsWithTheStoreAndEndsWithIt() throws InterruptedException {
        StoreOptions options = Fixture.quick().withMaintenance(Duration.ofHours(1));
        try (Fixture fixture = Fixture.hasty(directory, options, () -> Fixture.rocks(directory))) {
            String store = fixture.store.extentStore();
            List<String> leases =
                    List.of("store/reclaim", "store/compact/" + store, "store/scrub/" + store);
            for (String lease : leases) {
                for (int i = 0; i < 15_000 && fixture.leases.holder(lease).isEmpty(); i++) {
                    Thread.sleep(1);
                }
                assertTrue(fixture.leases.holder(lease).isPresent(), lease);
            }
            fixture.store.close();
            for (String lease : leases) {
                assertEquals(Optional.empty(), fixture.leases.holder(lease), lease);
            }
        }
    }

    @Test
    void aPassOfTheReclaimerSaysWhatItDidAndWhatWentWrong() {
        Steps[] steps = new Steps[1];
        try (Fixture fixture =
                Fixture.hasty(
                        directory,
                        Fixture.quick(),
                        () -> steps[0] = new Steps(Fixture.rocks(directory)))) {
            Store store = fixture.store;
            fixture.put("a", LARGE);
            fixture.objects().delete(BUCKET, "a");
            fixture.clock.advance(fixture.options.grace().plusMillis(1));
            for (int step = 0; store.failedPasses() == 0; step++) {
                steps[0].before(step, StoreTest::breaks);
                try {
                    store.maintain();
                } catch (RuntimeException e) {
                    assertTrue(String.valueOf(e.getMessage()).contains("broke"), e::toString);
                }
                assertTrue(steps[0].happened(), "there are as many steps");
            }
            assertTrue(store.trouble().orElseThrow().contains("the connection broke"));
            assertEquals(1, store.failedPasses());
            store.maintain();
            assertEquals(Optional.empty(), store.trouble());
            assertEquals(1, store.failedPasses(), "since the store was opened");
            fixture.put("b", LARGE);
            fixture.objects().delete(BUCKET, "b");
            fixture.clock.advance(fixture.options.grace().plusMillis(1));
            assertEquals(1, store.maintain().deletions());
        }
    }

    private static void breaks() {
        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "the connection broke");
    }

    @Test
    void whyNoExtentIsWrittenAnyMoreIsSaid() {
        ExtentsException why = new ExtentsException(ExtentsException.Code.FAILED, "a sync failed");
        try (Fixture fixture = open()) {
            fixture.store.close();
            try (Store store =
                    Store.open(
                            fixture.keySpace,
                            fixture.leases,
                            failing(fixture.extents, why),
                            fixture.options,
                            fixture.clock.clocks())) {
                assertEquals(Optional.of("a sync failed"), store.extentsFailure());
            }
        }
    }

    private static Extents failing(Extents real, ExtentsException why) {
        return (Extents)
                Proxy.newProxyInstance(
                        Extents.class.getClassLoader(),
                        new Class<?>[] {Extents.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("failure")) {
                                return Optional.of(why);
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    @Test
    void theObjectsOfAStoreThatDoesNotRunCanBeLookedAt() {
        try (Fixture fixture = open()) {
            fixture.put("small", SMALL);
            fixture.put("large", LARGE);
            fixture.store.close();
            Steps steps = new Steps(fixture.keySpace);
            steps.insteadOfCommit(
                    0,
                    (real, batch) -> {
                        throw new AssertionError("a commit: " + batch);
                    });
            Objects objects = Store.openForReading(steps, fixture.extents, fixture.clock.clocks());
            assertArrayEquals(SMALL, Fixture.read(objects.open(BUCKET, "small").orElseThrow()));
            assertArrayEquals(LARGE, Fixture.read(objects.open(BUCKET, "large").orElseThrow()));
            assertFalse(steps.happened());
        }
    }
}
