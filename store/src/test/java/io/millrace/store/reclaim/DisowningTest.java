package io.millrace.store.reclaim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.store.content.Piece;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An extent's bytes are counted dead once, by whoever takes its last owner away. */
class DisowningTest {
    private static final StoreId STORE = new StoreId(1, 2);
    private static final ExtentRef EXTENT = new ExtentRef(STORE, 1, 7, 4096, 70_000);
    private static final List<Piece> TWICE =
            List.of(new Piece(EXTENT, 0, 10), new Piece(EXTENT, 20, 10));

    @TempDir Path directory;
    private RocksKeySpace keySpace;
    private Space space;

    @BeforeEach
    void open() {
        keySpace = RocksKeySpace.open(directory);
        space = new Space(keySpace, false);
    }

    @AfterEach
    void close() {
        keySpace.close();
    }

    private void own(long owner, int value) {
        Batch.Builder batch = Batch.builder();
        assertTrue(
                space.tryCommit(
                        batch.put(StoreKeys.owner(EXTENT, owner), new byte[] {(byte) value})));
    }

    private Batch.Builder leave(long... owners) {
        Disowning disowning = new Disowning();
        for (long owner : owners) {
            disowning.leave(TWICE, owner);
        }
        Batch.Builder batch = Batch.builder();
        disowning.into(batch, space);
        return batch;
    }

    private long dead() {
        return Keys.counter(keySpace.get(StoreKeys.deadBytes(STORE, 7)));
    }

    private int owners() {
        return keySpace.scan(Scan.prefix(StoreKeys.owners(EXTENT), 10)).size();
    }

    @Test
    void theLastOfSeveralThatLeaveTogetherOrOneByOne() {
        own(1, 1);
        own(2, 1);
        own(3, 1);
        assertTrue(space.tryCommit(leave(1)));
        assertEquals(0, dead(), "two stay");
        assertTrue(space.tryCommit(leave(3, 2)));
        assertEquals(70_000, dead());
        assertEquals(0, owners());
        assertTrue(space.tryCommit(leave(2)));
        assertEquals(70_000, dead(), "who is no owner takes nothing with it");
    }

    @Test
    void whoeverStaysIsGuardedWhereverItStands() {
        own(2, 1);
        for (long stays : new long[] {1, 3}) {
            own(stays, 1);
            Batch.Builder batch = leave(2);
            own(stays, 2);
            assertFalse(space.tryCommit(batch), "it may have left meanwhile");
            assertTrue(space.tryCommit(Batch.builder().delete(StoreKeys.owner(EXTENT, stays))));
        }
        assertEquals(1, owners());
    }

    @Test
    void oneThatStaysIsEnough() {
        own(1, 1);
        own(2, 1);
        own(3, 1);
        Batch.Builder batch = leave(3);
        own(2, 2);
        assertTrue(space.tryCommit(batch), "the first one is still there");
        assertEquals(0, dead());
    }
}
