package io.millrace.store.reclaim;

import io.millrace.work.WorkException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The parts of one pass: each has its turn, whatever the others throw. Not thread-safe. */
final class Parts {
    private @Nullable Throwable failure;

    /** Runs a part; 0 when it failed. A lease that is lost ends the pass. */
    long run(LongSupplier part) {
        try {
            return part.getAsLong();
        } catch (RuntimeException | Error e) {
            if (e instanceof WorkException) {
                throw e;
            }
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(new IllegalStateException("another part failed too", e));
            }
            return 0;
        }
    }

    /** Tells how the pass went, and throws what its first failing part threw. */
    void end(Troubles troubles, String pass) {
        troubles.tell(pass, failure);
        switch (failure) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new IllegalStateException("parts throw nothing checked", failure);
        }
    }
}
