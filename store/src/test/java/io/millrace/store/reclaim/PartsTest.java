package io.millrace.store.reclaim;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.work.WorkException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One part that fails keeps no other from its turn, and nothing that failed is forgotten. */
class PartsTest {
    private final Troubles troubles = new Troubles();

    private static long fails(RuntimeException with) {
        throw with;
    }

    private static long fails(Error with) {
        throw with;
    }

    @Test
    void whatFailsFirstIsThrownAtTheEndWithTheRestBehindIt() {
        Parts parts = new Parts();
        RuntimeException first = new IllegalStateException("first");
        Error second = new AssertionError("second");
        assertEquals(0, parts.run(() -> fails(first)));
        assertEquals(0, parts.run(() -> fails(second)));
        assertEquals(5, parts.run(() -> 5));
        assertSame(
                first,
                assertThrows(IllegalStateException.class, () -> parts.end(troubles, "pass")));
        assertEquals(1, first.getSuppressed().length);
        assertSame(second, first.getSuppressed()[0].getCause());
        Parts others = new Parts();
        others.run(() -> fails(second));
        assertSame(second, assertThrows(AssertionError.class, () -> others.end(troubles, "other")));
        assertEquals(2, troubles.count());
        assertEquals(
                Optional.of(
                        "other: java.lang.AssertionError: second;"
                                + " pass: java.lang.IllegalStateException: first"),
                troubles.last());
        assertDoesNotThrow(() -> new Parts().end(troubles, "other"));
        assertEquals(Optional.of("pass: java.lang.IllegalStateException: first"), troubles.last());
        assertDoesNotThrow(() -> new Parts().end(troubles, "pass"));
        assertEquals(Optional.empty(), troubles.last());
        assertEquals(2, troubles.count());
    }

    @Test
    void aLeaseThatIsLostEndsThePass() {
        Parts parts = new Parts();
        WorkException lost = new WorkException(WorkException.Code.LOST, "taken");
        assertSame(lost, assertThrows(WorkException.class, () -> parts.run(() -> fails(lost))));
        assertDoesNotThrow(() -> parts.end(troubles, "pass"));
    }
}
