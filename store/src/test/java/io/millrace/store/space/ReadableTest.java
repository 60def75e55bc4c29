package io.millrace.store.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Damage is passed over where it would hide something else; a failure never is. */
class ReadableTest {
    private static String fails(StoreException with) {
        throw with;
    }

    @Test
    void onlyWhatIsCorruptIsTakenForNothing() {
        assertEquals(Optional.of("a"), StoreException.readable(() -> "a"));
        for (StoreException.Code code : StoreException.Code.values()) {
            StoreException failure = new StoreException(code, "why");
            if (code == StoreException.Code.CORRUPT) {
                assertEquals(Optional.empty(), StoreException.readable(() -> fails(failure)));
            } else {
                assertSame(
                        failure,
                        assertThrows(
                                StoreException.class,
                                () -> StoreException.readable(() -> fails(failure))));
            }
        }
    }
}
