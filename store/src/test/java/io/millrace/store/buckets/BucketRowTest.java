package io.millrace.store.buckets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BucketRowTest {
    private static final CorsRule NAMED =
            new CorsRule("r", List.of("*", "a"), List.of("GET"), List.of("x"), List.of(), 0);
    private static final CorsRule UNNAMED =
            new CorsRule(
                    null,
                    List.of("b"),
                    List.of("PUT", "POST"),
                    List.of(),
                    List.of("ETag"),
                    Integer.MAX_VALUE);
    private static final BucketRow ROW =
            new BucketRow(
                    300,
                    "root",
                    "local",
                    true,
                    BucketAcl.PRIVATE,
                    List.of(
                            NAMED,
                            UNNAMED,
                            new CorsRule("", List.of(), List.of(), List.of(), List.of(), -1)),
                    true,
                    1000,
                    2000);

    @Test
    void everyFieldComesBack() {
        assertEquals(ROW, BucketRow.decode(ROW.encode()));
        for (BucketAcl acl : BucketAcl.values()) {
            assertEquals(acl, BucketRow.decode(ROW.with(acl).encode()).acl());
        }
        assertEquals(
                new Bucket(
                        300,
                        "b",
                        "root",
                        "local",
                        true,
                        BucketAcl.PRIVATE,
                        ROW.cors(),
                        true,
                        Instant.ofEpochMilli(1000)),
                ROW.bucket("b"));
    }

    @Test
    void aChangeLeavesTheRest() {
        BucketRow open = ROW.with(BucketAcl.PUBLIC_READ_WRITE);
        assertEquals(BucketAcl.PUBLIC_READ_WRITE, open.acl());
        assertEquals(ROW, open.with(BucketAcl.PRIVATE));
        BucketRow none = ROW.with(List.of(), false);
        assertEquals(List.of(), none.cors());
        assertFalse(none.corsVary());
        assertEquals(ROW, none.with(ROW.cors(), true));
        BucketRow alive = ROW.deletingSince(0);
        assertEquals(0, alive.deletingSinceMillis());
        assertEquals(ROW, alive.deletingSince(2000));
    }

    @Test
    void anUnknownAclIsCorruptNeverPublic() {
        byte[] bytes =
                new BucketRow(1, "", "", false, BucketAcl.PRIVATE, List.of(), false, 0, 0).encode();
        bytes[4] = 3;
        StoreException corrupt = assertThrows(StoreException.class, () -> BucketRow.decode(bytes));
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertEquals("a bucket has the ACL 3", corrupt.getMessage());
    }

    @Test
    void aRowThatSaysNothingNewIsReadByTheVersionBefore() {
        for (boolean placed : List.of(false, true)) {
            for (boolean vary : List.of(false, true)) {
                BucketRow row =
                        new BucketRow(
                                1, "me", "r", placed, BucketAcl.PRIVATE, List.of(), vary, 2, 3);
                byte[] bytes = row.encode();
                assertEquals(placed || vary ? 2 : 1, bytes[0]);
                assertEquals(row, BucketRow.decode(bytes));
            }
        }
    }

    @Test
    void marksThatNobodyKnowsAreCorrupt() {
        byte[] bytes = ROW.encode();
        for (int marks : new int[] {0, 4, 255}) {
            bytes[bytes.length - 1] = (byte) marks;
            StoreException corrupt =
                    assertThrows(StoreException.class, () -> BucketRow.decode(bytes));
            assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        }
    }

    @Test
    void anAclHasTheNameOfBothDialects() {
        assertEquals(Optional.of(BucketAcl.PRIVATE), BucketAcl.parse("private"));
        assertEquals(Optional.of(BucketAcl.PUBLIC_READ), BucketAcl.parse("public-read"));
        assertEquals(
                Optional.of(BucketAcl.PUBLIC_READ_WRITE), BucketAcl.parse("public-read-write"));
        assertEquals(Optional.empty(), BucketAcl.parse("Private"));
        for (BucketAcl acl : BucketAcl.values()) {
            assertEquals(Optional.of(acl), BucketAcl.parse(acl.text()));
        }
    }
}
