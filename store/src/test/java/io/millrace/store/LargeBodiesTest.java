package io.millrace.store;

import static io.millrace.store.Fixture.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.work.Leases;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hashes of a large body run beside its writing, and the answer waits for both. */
@Tag("slow")
class LargeBodiesTest {
    /** A last chunk that is nearly whole, so that its hash takes longest. */
    private static final int BYTES = (2 << 20) - 1_000;

    @TempDir Path directory;

    @Test
    void theDigestIsThatOfAllBytesAlsoWhereNoWriteWaitsForTheDisk() throws Exception {
        ExtentsOptions quick =
                ExtentsOptions.standard().withDurability(Durability.NONE).withReserveBytes(0);
        try (Fixture fixture = Fixture.open(directory);
                Leases leases = Fixture.leases(fixture.keySpace, "quick");
                Extents extents = LocalExtents.open(List.of(directory.resolve("quick")), quick);
                Store store =
                        Store.open(
                                fixture.keySpace,
                                leases,
                                extents,
                                fixture.options,
                                fixture.clock.clocks())) {
            for (int i = 0; i < 30; i++) {
                byte[] bytes = Fixture.bytes(i, BYTES);
                byte[] md5 = MessageDigest.getInstance("MD5").digest(bytes);
                PutOutcome outcome =
                        store.objects().put(PutObject.of(BUCKET, "large", bytes.length), bytes);
                PutOutcome.Stored stored = assertInstanceOf(PutOutcome.Stored.class, outcome);
                assertEquals(HexFormat.of().formatHex(md5), stored.info().etag(), "body " + i);
                assertArrayEquals(
                        bytes, Fixture.read(store.objects().open(BUCKET, "large").orElseThrow()));
            }
        }
    }
}
