package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StripesTest {
    private final Stripes stripes = new Stripes();
    private final AtomicInteger tries = new AtomicInteger();

    @Test
    void whatSucceedsAtOnceIsTriedOnce() {
        assertEquals("done", retry(new byte[] {1}, 1));
        assertEquals(1, tries.get());
    }

    @Test
    void aConflictIsTriedAgainWhateverTheKey() {
        for (int first = -128; first < 128; first++) {
            tries.set(0);
            assertEquals("done", retry(new byte[] {(byte) first, 7, -9}, 2));
            assertEquals(2, tries.get());
        }
    }

    @Test
    void afterTwentyConflictsTheCallerIsToldToTryLater() {
        StoreException busy =
                assertThrows(StoreException.class, () -> retry(new byte[] {1}, Integer.MAX_VALUE));
        assertEquals(StoreException.Code.BUSY, busy.code());
        assertEquals("others keep changing this object; try again", busy.getMessage());
        assertEquals(20, tries.get());
    }

    @Test
    void theNextWriterOfTheKeyIsLetInAfterSuccessAndAfterFailure() {
        retry(new byte[] {1}, 2);
        assertThrows(
                IllegalStateException.class,
                () ->
                        stripes.retry(
                                new byte[] {1},
                                () -> {
                                    if (tries.incrementAndGet() > 3) {
                                        throw new IllegalStateException("a test");
                                    }
                                    return Optional.empty();
                                }));
        tries.set(0);
        // In a thread of its own: who holds a lock may take it again.
        assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertEquals("done", retry(new byte[] {1}, 2)));
    }

    private String retry(byte[] key, int needed) {
        return stripes.retry(
                key,
                () -> tries.incrementAndGet() < needed ? Optional.empty() : Optional.of("done"));
    }
}
