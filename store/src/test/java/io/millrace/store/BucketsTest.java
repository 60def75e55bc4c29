package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.buckets.CreateBucketOutcome;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.space.StoreException;
import io.millrace.store.uploads.UploadInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BucketsTest {
    @TempDir Path directory;

    @Test
    void aBucketKeepsItsSettingsOverAReopen() {
        try (Fixture fixture = Fixture.open(directory)) {
            Buckets buckets = fixture.store.buckets();
            CorsRule rule =
                    new CorsRule(
                            "one",
                            List.of("https://a.example", "*"),
                            List.of("GET", "PUT"),
                            List.of("x-*"),
                            List.of("ETag"),
                            -1);
            buckets.setAcl(Fixture.BUCKET, BucketAcl.PUBLIC_READ);
            buckets.setCors(Fixture.BUCKET, List.of(rule));
            Bucket before = buckets.get(Fixture.BUCKET).orElseThrow();
            fixture.reopen();
            Bucket after = fixture.store.buckets().get(Fixture.BUCKET).orElseThrow();
            assertEquals(before, after);
            assertEquals(BucketAcl.PUBLIC_READ, after.acl());
            assertEquals(List.of(rule), after.cors());
            assertEquals("root", after.owner());
            assertEquals("local", after.region());
            assertEquals(fixture.clock.instant(), after.created());
            assertEquals(after, fixture.store.buckets().byId(after.id()).orElseThrow());
        }
    }

    @Test
    void aNameBelongsToOneOwner() {
        try (Fixture fixture = Fixture.open(directory)) {
            Buckets buckets = fixture.store.buckets();
            assertInstanceOf(
                    CreateBucketOutcome.OwnedByYou.class,
                    buckets.create(Fixture.BUCKET, "root", BucketAcl.PRIVATE));
            assertInstanceOf(
                    CreateBucketOutcome.Exists.class,
                    buckets.create(Fixture.BUCKET, "other", BucketAcl.PRIVATE));
            List<CreateBucketOutcome> race =
                    Fixture.together(
                            Stream.generate(
                                            () ->
                                                    (java.util.concurrent.Callable<
                                                                    CreateBucketOutcome>)
                                                            () ->
                                                                    buckets.create(
                                                                            "raced",
                                                                            "root",
                                                                            BucketAcl.PRIVATE))
                                    .limit(20)
                                    .toList());
            long created =
                    race.stream().filter(o -> o instanceof CreateBucketOutcome.Created).count();
            assertEquals(1, created);
        }
    }

    @Test
    void wrongNamesAreRefusedWithTheReason() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (String name :
                    List.of("", "ab", "Upper", "a_b", "-ab", "ab-", "a..b", "1.2.3.4", "_live")) {
                assertInstanceOf(
                        CreateBucketOutcome.InvalidName.class,
                        fixture.store.buckets().create(name, "root", BucketAcl.PRIVATE),
                        name);
            }
            assertInstanceOf(
                    CreateBucketOutcome.Created.class,
                    fixture.store.buckets().create("my.bucket-1", "root", BucketAcl.PRIVATE));
        }
    }

    @Test
    void onlyAnEmptyBucketIsDeleted() {
        try (Fixture fixture = Fixture.open(directory)) {
            Buckets buckets = fixture.store.buckets();
            fixture.put("a", new byte[] {1});
            assertInstanceOf(DeleteBucketOutcome.NotEmpty.class, buckets.delete(Fixture.BUCKET));
            fixture.objects().delete(Fixture.BUCKET, "a");
            UploadInfo upload =
                    fixture.store.uploads().initiate(Fixture.BUCKET, "b", ObjectMetadata.NONE);
            assertInstanceOf(DeleteBucketOutcome.NotEmpty.class, buckets.delete(Fixture.BUCKET));
            assertTrue(fixture.store.uploads().abort(Fixture.BUCKET, "b", upload.uploadId()));
            assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete(Fixture.BUCKET));
            assertInstanceOf(
                    DeleteBucketOutcome.NoSuchBucket.class, buckets.delete(Fixture.BUCKET));
            assertTrue(buckets.get(Fixture.BUCKET).isEmpty());
            assertTrue(buckets.list().isEmpty());
            StoreException refused =
                    assertThrows(StoreException.class, () -> fixture.put("a", new byte[1]));
            assertEquals(StoreException.Code.NO_SUCH_BUCKET, refused.code());
            assertInstanceOf(
                    CreateBucketOutcome.Created.class,
                    buckets.create(Fixture.BUCKET, "other", BucketAcl.PRIVATE));
            assertTrue(fixture.objects().head(Fixture.BUCKET, "a").isEmpty());
        }
    }

    @Tag("slow")
    @Test
    void noAcknowledgedPutIsLostToADeletionOfItsBucket() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int round = 0; round < 100; round++) {
                String bucket = "race-" + round;
                fixture.store.buckets().create(bucket, "root", BucketAcl.PRIVATE);
                int keyCount = 40;
                List<java.util.concurrent.Callable<Boolean>> tasks = new java.util.ArrayList<>();
                for (int i = 0; i < keyCount; i++) {
                    String key = "k" + i;
                    tasks.add(() -> tryPut(fixture, bucket, key));
                }
                tasks.add(
                        keyCount / 2,
                        () ->
                                fixture.store.buckets().delete(bucket)
                                        instanceof DeleteBucketOutcome.Deleted);
                List<Boolean> results = new java.util.ArrayList<>(Fixture.together(tasks));
                boolean deleted = results.remove(keyCount / 2);
                if (deleted) {
                    assertTrue(results.stream().noneMatch(stored -> stored));
                } else {
                    for (int i = 0; i < keyCount; i++) {
                        boolean there = fixture.objects().head(bucket, "k" + i).isPresent();
                        assertTrue(there || !results.get(i));
                    }
                }
            }
        }
    }

    private static boolean tryPut(Fixture fixture, String bucket, String key) {
        try {
            Thread.sleep(java.util.concurrent.ThreadLocalRandom.current().nextInt(5));
            return fixture.objects().put(PutObject.of(bucket, key, 1), new byte[1])
                    instanceof PutOutcome.Stored;
        } catch (StoreException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
