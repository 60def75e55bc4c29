package io.millrace.work.outgoing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a target fares, for people.
 *
 * @param address scheme, host and port; null when the target is set no more
 * @param signed whether calls are signed
 * @param waiting messages that are not delivered yet; of targets that are asked always 0
 * @param oldest when the oldest of them was made
 * @param dead letters that were given up
 * @param succeeded the last call that went well
 * @param failed the last one that did not, and why
 */
public record TargetStatus(
        String name,
        @Nullable String address,
        boolean signed,
        int waiting,
        @Nullable Instant oldest,
        int dead,
        @Nullable Instant succeeded,
        @Nullable Instant failed,
        String reason) {
    /** Whether the last call failed. */
    public boolean failing() {
        return failed != null && (succeeded == null || failed.isAfter(succeeded));
    }
}
