package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.keyspace.KeySpaceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class VersionIdsTest {
    @Test
    void idsAreTheOnesOfTheBlocksThatThisProcessTookEachOnce() throws Exception {
        List<String> taken = new ArrayList<>();
        VersionIds ids =
                new VersionIds(
                        new Space(
                                new StubKeySpace(KeySpaceException.Code.FAILED) {
                                    @Override
                                    public long idBlock(String name, int count) {
                                        taken.add(name + " " + count);
                                        return taken.size() * 1_000_000L;
                                    }
                                },
                                true));
        for (int block = 1; block <= 2; block++) {
            for (int i = 0; i < 65_536; i++) {
                assertEquals(block * 1_000_000L + i, ids.next());
            }
            assertEquals(block, taken.size());
        }
        assertEquals("store.version 65536", taken.getFirst());
        FutureTask<Long> other = new FutureTask<>(ids::next);
        Thread.startVirtualThread(other);
        assertEquals(3_000_000, other.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aFailureHoldsNobodyUp() throws Exception {
        VersionIds ids =
                new VersionIds(
                        new Space(new StubKeySpace(KeySpaceException.Code.UNAVAILABLE), true));
        assertThrows(StoreException.class, ids::next);
        FutureTask<Long> other = new FutureTask<>(ids::next);
        Thread.startVirtualThread(other);
        ExecutionException failed =
                assertThrows(ExecutionException.class, () -> other.get(10, TimeUnit.SECONDS));
        assertEquals(StoreException.class, failed.getCause().getClass());
    }
}
