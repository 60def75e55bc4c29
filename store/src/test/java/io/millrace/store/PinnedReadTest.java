package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Extents;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader pins what it read of, then looks again: nothing can be deleted in between. */
class PinnedReadTest {
    @TempDir Path directory;

    @Test
    void whatIsDeletedAndReclaimedRightAfterTheLastLookIsReadToItsEnd() {
        try (Fixture fixture = Fixture.open(directory.resolve("first"))) {
            BeforeCommit between = new BeforeCommit(fixture.keySpace);
            try (Leases leases = Fixture.leases(between, "reading");
                    Extents extents = Fixture.extents(directory.resolve("reading"));
                    Store store =
                            Store.open(
                                    between,
                                    leases,
                                    extents,
                                    fixture.options,
                                    fixture.clock.clocks())) {
                byte[] bytes = Fixture.bytes(1, 300_000);
                PutObject asked = PutObject.of(BUCKET, "read", bytes.length);
                assertInstanceOf(PutOutcome.Stored.class, store.objects().put(asked, bytes));
                extents.list().forEach(v -> extents.seal(v.volume()));
                between.afterReads(
                        new byte[] {'M'},
                        2,
                        () -> {
                            store.objects().delete(BUCKET, "read");
                            reclaim(fixture, store);
                        });
                ObjectReader reader = store.objects().open(BUCKET, "read").orElseThrow();
                assertTrue(between.happened());
                assertArrayEquals(bytes, Fixture.read(reader));
                reclaim(fixture, store);
                assertTrue(extents.list().isEmpty(), "who has read keeps nothing");
            }
        }
    }

    @Test
    void aReaderThatIsClosedTwiceReleasesNobodyElsesPin() {
        try (Fixture fixture = Fixture.open(directory.resolve("twice"))) {
            byte[] bytes = Fixture.bytes(1, 300_000);
            PutObject asked = PutObject.of(BUCKET, "read", bytes.length);
            assertInstanceOf(PutOutcome.Stored.class, fixture.store.objects().put(asked, bytes));
            fixture.extents.list().forEach(v -> fixture.extents.seal(v.volume()));
            ObjectReader one = fixture.store.objects().open(BUCKET, "read").orElseThrow();
            ObjectReader other = fixture.store.objects().open(BUCKET, "read").orElseThrow();
            one.close();
            one.close();
            fixture.store.objects().delete(BUCKET, "read");
            reclaim(fixture, fixture.store);
            assertArrayEquals(bytes, Fixture.read(other));
            reclaim(fixture, fixture.store);
            assertTrue(fixture.extents.list().isEmpty(), "the last one has closed");
        }
    }

    private static void reclaim(Fixture fixture, Store store) {
        for (int pass = 0; pass < 4; pass++) {
            fixture.clock.advance(Duration.ofMinutes(11));
            store.maintain();
        }
    }
}
