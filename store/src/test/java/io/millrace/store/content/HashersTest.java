package io.millrace.store.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.content.Hashers.Chunks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many bodies go beside their hashes, and in which chunks: never more than the heap bears. */
class HashersTest {
    private static long heap(Chunks chunks) {
        return (long) chunks.bytes() * chunks.count();
    }

    /** What all that are let in hold, until one has to go a block at a time. */
    private static List<Chunks> crowd(Hashers hashers) {
        List<Chunks> crowd = new ArrayList<>();
        for (Chunks next = hashers.take(true); next != Chunks.CRUMBS; next = hashers.take(true)) {
            crowd.add(next);
        }
        return crowd;
    }

    @Test
    void allBodiesTogetherHoldAQuarterOfTheHeapAtMostAndGiveItBack() {
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        try (Hashers hashers = new Hashers()) {
            for (int i = 0; i < 2; i++) {
                List<Chunks> crowd = crowd(hashers);
                long held = crowd.stream().mapToLong(HashersTest::heap).sum();
                assertTrue(held <= quarter, held + " of " + quarter);
                assertTrue(held > quarter - heap(Chunks.LITTLE), held + " of " + quarter);
                crowd.forEach(hashers::leave);
            }
        }
    }

    @Test
    void atMostHalfOfTheProcessorsHash() {
        try (Hashers hashers = new Hashers()) {
            assertTrue(hashers.tryTake(), "one does");
            int taken = 1;
            while (taken < 1000 && hashers.tryTake()) {
                taken++;
            }
            int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            assertTrue(taken <= half, taken + " of " + half);
        }
    }

    @Test
    void theHeapThatIsThereIsUsedToItsLastByte() {
        try (Hashers hashers = new Hashers(1, heap(Chunks.LARGE) + heap(Chunks.LITTLE))) {
            assertEquals(List.of(Chunks.LARGE, Chunks.LITTLE), crowd(hashers));
        }
        try (Hashers hashers = new Hashers(1, heap(Chunks.LARGE) - 1)) {
            assertEquals(Chunks.LITTLE, hashers.take(true));
        }
    }

    @Test
    void whoGoesABlockAtATimeGivesNothingBackThatItHadNot() {
        long little = heap(Chunks.LITTLE);
        try (Hashers hashers = new Hashers(1, little)) {
            assertEquals(Chunks.LITTLE, hashers.take(false));
            for (long left = 0; left < 2 * little; left += heap(Chunks.CRUMBS)) {
                assertEquals(Chunks.CRUMBS, hashers.take(false));
                hashers.leave(Chunks.CRUMBS);
            }
            hashers.leave(Chunks.LITTLE);
            assertEquals(Chunks.LITTLE, hashers.take(false));
        }
    }

    @Test
    void whoFoundNoHeapForLargeChunksTakesNobodysTurn() {
        try (Hashers hashers = new Hashers(1, heap(Chunks.LARGE))) {
            assertEquals(Chunks.LITTLE, hashers.take(false));
            List<Chunks> crowd = crowd(hashers);
            for (int i = 0; i < 100; i++) {
                assertEquals(Chunks.CRUMBS, hashers.take(true));
            }
            crowd.forEach(hashers::leave);
            hashers.leave(Chunks.LITTLE);
            assertEquals(Chunks.LARGE, hashers.take(true));
        }
    }

    @Test
    void theThreadsAreKnownByTheirNamesAndKeepNoProcessAlive() throws Exception {
        try (Hashers hashers = new Hashers(1, 0)) {
            Thread thread = hashers.threads().submit(Thread::currentThread).get();
            assertEquals("store-hash-0", thread.getName());
            assertTrue(thread.isDaemon());
        }
    }
}
