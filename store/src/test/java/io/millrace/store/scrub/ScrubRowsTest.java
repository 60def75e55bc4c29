package io.millrace.store.scrub;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Damage;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A row of each kind that this package writes is known, and one that makes no sense is told. */
class ScrubRowsTest {
    private static final Damage PLACE = new Damage(Damage.Kind.VOLUME, "7.volume", 5, "another");
    private static final StoreId STORE = new StoreId(1, 2);

    private static void assertChecks(byte[] key, byte[] value) {
        assertDoesNotThrow(() -> ScrubRows.check(new Entry(key, value)));
        StoreException told =
                assertThrows(
                        StoreException.class,
                        () -> ScrubRows.check(new Entry(key, new byte[] {1, 127})));
        assertEquals(StoreException.Code.CORRUPT, told.code());
    }

    @Test
    void eachKindIsDecoded() {
        assertChecks(StoreKeys.scrub(STORE), ScrubRow.NEVER.encode());
        ExtentRef ref = new ExtentRef(STORE, 3, 8, 4096, 70_000);
        DamageRow row = new DamageRow(1_000, new DamagedBlock(ref, 5, PLACE), List.of());
        assertChecks(row.key(STORE), row.encode());
        GapRow gap = new GapRow(1_000, new Name(new byte[] {'M', 1}, 0, 300), PLACE);
        assertChecks(gap.key(), gap.encode());
        assertChecks(StoreKeys.damagedFile("1.sst"), FileNotes.encode(1_000, PLACE));
    }

    @Test
    void anotherKindIsNotKnown() {
        Entry strange = new Entry(new byte[] {'V', '?'}, new byte[] {1});
        KeySpaceException told =
                assertThrows(KeySpaceException.class, () -> ScrubRows.check(strange));
        assertEquals(KeySpaceException.Code.FORMAT, told.code());
    }
}
