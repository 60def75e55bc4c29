package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Listed;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.buckets.CreateBucketOutcome;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.SealOutcome;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.CompleteOutcome;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when the engine can't say whether a commit took effect, or another came first. */
class DoubtTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    /** The next commit's fate; null: as usual. */
    private final AtomicReference<@Nullable Function<KeySpace, Function<Batch, CommitOutcome>>>
            next = new AtomicReference<>();

    private static final Function<KeySpace, Function<Batch, CommitOutcome>> LOST_ANSWER =
            keySpace ->
                    batch -> {
                        keySpace.commit(batch);
                        return new CommitOutcome.Unknown("the connection broke");
                    };

    /** A real key space whose connection breaks when told. */
    private final class Breaking implements KeySpace {
        private final KeySpace real;

        Breaking(KeySpace real) {
            this.real = real;
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return real.get(key);
        }

        @Override
        public List<byte @Nullable []> multiGet(List<byte[]> keys) {
            return real.multiGet(keys);
        }

        @Override
        public List<Entry> scan(Scan scan) {
            return real.scan(scan);
        }

        @Override
        public List<Listed> scanDelimited(
                byte[] prefix, byte[] delimiter, byte[] after, int limit) {
            return real.scanDelimited(prefix, delimiter, after, limit);
        }

        @Override
        public CommitOutcome commit(Batch batch) {
            var fate = next.getAndSet(null);
            return fate == null ? real.commit(batch) : fate.apply(real).apply(batch);
        }

        @Override
        public Instant storeNow() {
            return real.storeNow();
        }

        @Override
        public long idBlock(String name, int count) {
            return real.idBlock(name, count);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private Fixture open() {
        return Fixture.open(
                directory, Fixture.quick(), () -> new Breaking(Fixture.rocks(directory)));
    }

    @Test
    void aChangeWhoseAnswerGotLostIsFoundAndAcknowledged() {
        try (Fixture fixture = open()) {
            for (int size : new int[] {100, 100_000}) {
                byte[] bytes = Fixture.bytes(size, size);
                next.set(LOST_ANSWER);
                fixture.put("a" + size, bytes);
                assertArrayEquals(bytes, fixture.get("a" + size));
                next.set(LOST_ANSWER);
                assertInstanceOf(
                        AppendOutcome.Appended.class, fixture.append("b" + size, 0, bytes));
                next.set(LOST_ANSWER);
                assertInstanceOf(
                        CopyOutcome.Copied.class,
                        fixture.objects()
                                .copy(CopyObject.of(BUCKET, "a" + size, BUCKET, "c" + size)));
                next.set(LOST_ANSWER);
                assertInstanceOf(
                        DeleteOutcome.Deleted.class, fixture.objects().delete(BUCKET, "a" + size));
                next.set(LOST_ANSWER);
                assertInstanceOf(
                        SealOutcome.Sealed.class, fixture.objects().seal(BUCKET, "b" + size, size));
            }
            next.set(LOST_ANSWER);
            String id =
                    fixture.store.uploads().initiate(BUCKET, "m", ObjectMetadata.NONE).uploadId();
            next.set(LOST_ANSWER);
            var part = UploadsTest.part(fixture, "m", id, 1, new byte[100_000]);
            next.set(LOST_ANSWER);
            assertInstanceOf(
                    CompleteOutcome.Completed.class,
                    UploadsTest.complete(fixture, "m", id, List.of(part)));
            next.set(LOST_ANSWER);
            assertInstanceOf(
                    CreateBucketOutcome.Created.class,
                    fixture.store.buckets().create("other", "root", BucketAcl.PRIVATE));
        }
    }

    @Test
    void aBucketsOrUploadsChangeWhoseAnswerGotLostIsFoundAndAcknowledged() {
        try (Fixture fixture = open()) {
            Buckets buckets = fixture.store.buckets();
            buckets.create("other", "root", BucketAcl.PRIVATE);
            next.set(LOST_ANSWER);
            assertEquals(
                    BucketAcl.PUBLIC_READ, buckets.setAcl("other", BucketAcl.PUBLIC_READ).acl());
            assertEquals(BucketAcl.PUBLIC_READ, buckets.require("other").acl());
            next.set(LOST_ANSWER);
            assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("other"));
            buckets.create("other", "root", BucketAcl.PRIVATE);
            next.set(
                    keySpace ->
                            batch -> {
                                next.set(LOST_ANSWER);
                                return keySpace.commit(batch);
                            });
            assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("other"));
            String id =
                    fixture.store.uploads().initiate(BUCKET, "m", ObjectMetadata.NONE).uploadId();
            next.set(LOST_ANSWER);
            assertTrue(fixture.store.uploads().abort(BUCKET, "m", id));
        }
    }

    @Test
    void ofTwoChangesOfABucketAtOnceNeitherIsLost() {
        try (Fixture fixture = open()) {
            Buckets buckets = fixture.store.buckets();
            CorsRule rule =
                    new CorsRule("r", List.of("*"), List.of("GET"), List.of(), List.of(), -1);
            first(() -> buckets.setCors(BUCKET, List.of(rule)));
            buckets.setAcl(BUCKET, BucketAcl.PUBLIC_READ);
            Bucket now = buckets.require(BUCKET);
            assertEquals(BucketAcl.PUBLIC_READ, now.acl());
            assertEquals(List.of(rule), now.cors());
            first(() -> buckets.create("raced", "you", BucketAcl.PRIVATE));
            assertInstanceOf(
                    CreateBucketOutcome.Exists.class,
                    buckets.create("raced", "me", BucketAcl.PRIVATE));
            first(() -> buckets.setAcl("raced", BucketAcl.PUBLIC_READ));
            assertInstanceOf(DeleteBucketOutcome.Deleted.class, buckets.delete("raced"));
        }
    }

    @Test
    void anObjectThatCameWhileItsBucketWasDeletedKeepsTheBucket() {
        try (Fixture fixture = open()) {
            Buckets buckets = fixture.store.buckets();
            byte[] key = StoreKeys.object(buckets.require(BUCKET).id(), new byte[] {'k'});
            next.set(
                    keySpace ->
                            batch -> {
                                CommitOutcome marked = keySpace.commit(batch);
                                keySpace.commit(Batch.builder().put(key, new byte[1]).build());
                                return marked;
                            });
            assertEquals(new DeleteBucketOutcome.NotEmpty("objects"), buckets.delete(BUCKET));
            assertTrue(buckets.get(BUCKET).isPresent());
        }
    }

    /** Another process's change just before the next commit. */
    private void first(Runnable other) {
        next.set(
                keySpace ->
                        batch -> {
                            other.run();
                            return keySpace.commit(batch);
                        });
    }

    @Test
    void aChangeThatWasOverwrittenBeforeAnyoneLookedIsFoundInTheLog() {
        try (Fixture fixture = open()) {
            byte[] second = Fixture.bytes(2, 50);
            next.set(
                    keySpace ->
                            batch -> {
                                keySpace.commit(batch);
                                fixture.put("a", second);
                                return new CommitOutcome.Unknown("the connection broke");
                            });
            fixture.put("a", Fixture.bytes(1, 50));
            assertArrayEquals(second, fixture.get("a"));
        }
    }
}
