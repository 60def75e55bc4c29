package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.Buckets;
import io.millrace.store.buckets.CreateBucketOutcome;
import io.millrace.store.buckets.DeleteBucketOutcome;
import io.millrace.store.space.StoreException;
import java.nio.file.Path;
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
        steps.insteadOfCommit(
                commit,
                (real, batch) -> {
                    steps.before(0, BucketsInDoubtTest::breaks);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        StoreException doubt = assertThrows(StoreException.class, change);
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, doubt.code());
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
        assertInDoubt(1, () -> buckets.delete(Fixture.BUCKET));
        assertTrue(buckets.get(Fixture.BUCKET).isEmpty(), "it is marked");
        assertInstanceOf(DeleteBucketOutcome.NoSuchBucket.class, buckets.delete(Fixture.BUCKET));
    }
}
