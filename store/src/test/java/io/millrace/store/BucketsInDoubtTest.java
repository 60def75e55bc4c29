package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.buckets.CreateBucketOutcome;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreException.Code;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A change of a bucket whose commit and connection got lost is not told as made. */
class BucketsInDoubtTest {
    @TempDir Path directory;
    private Steps steps;
    private Fixture fixture;
    private Buckets buckets;

    @BeforeEach
    void open() {
        fixture =
                Fixture.hasty(
                        directory,
                        Fixture.quick(),
                        () -> {
                            steps = new Steps(Fixture.rocks(directory));
                            return steps;
                        });
        buckets = fixture.store.buckets();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** The commit of that number never arrives, nor does the question what became of it. */
    private void assertInDoubt(int commit, Executable change) {
        assertNotMade(commit, BucketsInDoubtTest::breaks, Code.COMMIT_UNKNOWN, change);
        // The answer comes: it was not made, as far as can be seen now.
        assertNotMade(commit, () -> Thread.currentThread().interrupt(), Code.CLOSED, change);
        assertTrue(Thread.interrupted());
    }

    private void assertNotMade(int commit, Runnable whenAsked, Code code, Executable change) {
        steps.insteadOfCommit(
                commit,
                (real, batch) -> {
                    steps.before(0, whenAsked);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        StoreException doubt = assertThrows(StoreException.class, change);
        assertEquals(code, doubt.code());
        assertTrue(steps.happened());
    }

    private static void breaks() {
        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "the connection broke");
    }

    @Test
    void aBucketThatWasNotMadeIsMadeTheNextTime() {
        assertInDoubt(0, () -> buckets.create("other", "root", BucketAcl.PRIVATE));
        assertTrue(buckets.get("other").isEmpty());
        assertInstanceOf(
                CreateBucketOutcome.Created.class,
                buckets.create("other", "root", BucketAcl.PRIVATE));
    }

    @Test
    void settingsThatWereNotChangedStayAsTheyWere() {
        assertInDoubt(0, () -> buckets.setAcl(Fixture.BUCKET, BucketAcl.PUBLIC_READ));
        assertEquals(BucketAcl.PRIVATE, buckets.require(Fixture.BUCKET).acl());
    }

    @Test
    void aBucketThatWasNotDeletedIsNotSaidToBe() {
        assertInDoubt(0, () -> buckets.delete(Fixture.BUCKET));
        assertTrue(buckets.get(Fixture.BUCKET).isPresent());
        for (String name : List.of("one", "two")) {
            buckets.create(name, "root", BucketAcl.PRIVATE);
        }
        assertNotMade(
                1, BucketsInDoubtTest::breaks, Code.COMMIT_UNKNOWN, () -> buckets.delete("one"));
        assertNotMade(
                1,
                () -> Thread.currentThread().interrupt(),
                Code.CLOSED,
                () -> buckets.delete("two"));
        assertTrue(Thread.interrupted());
        for (String name : List.of("one", "two")) {
            assertTrue(buckets.get(name).isEmpty(), "it is marked");
            assertInstanceOf(DeleteBucketOutcome.NoSuchBucket.class, buckets.delete(name));
        }
    }

    @Test
    void aBucketThatAnotherNodeGaveBackMeanwhileIsNotSaidToBeDeleted() {
        byte[] key = StoreKeys.bucket(Fixture.BUCKET);
        byte[] record = Objects.requireNonNull(fixture.keySpace.get(key));
        steps.insteadOfCommit(
                1,
                (real, batch) -> {
                    real.commit(Batch.builder().put(key, record).build());
                    steps.before(1, BucketsInDoubtTest::breaks);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        StoreException doubt =
                assertThrows(StoreException.class, () -> buckets.delete(Fixture.BUCKET));
        assertEquals(Code.COMMIT_UNKNOWN, doubt.code());
        assertTrue(buckets.get(Fixture.BUCKET).isPresent());
    }
}
