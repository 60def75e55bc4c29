package io.millrace.store.scrub;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the scrub of this node's store has come.
 *
 * @param running whether a pass is under way
 * @param pass which one, from 1 on; 0 before the first
 * @param started when the pass under way, or the last one, began; null before the first
 * @param doneBytes read in it
 * @param totalBytes what it had to read, as it began
 * @param finished when the last pass ended; null before that
 * @param found damaged blocks and files that the pass under way, or the last one, noted first
 * @param allBytes read since the start of this process
 * @param waitsFor why the scrub doesn't go on, its notes or a pass; null when it does
 */
public record ScrubStatus(
        boolean running,
        long pass,
        @Nullable Instant started,
        long doneBytes,
        long totalBytes,
        @Nullable Instant finished,
        long found,
        long allBytes,
        @Nullable String waitsFor) {
    /** From 0 to 1; 1 when no pass is under way. */
    public double progress() {
        if (!running) {
            return 1;
        }
        return totalBytes == 0 ? 0 : Math.min(1, (double) doneBytes / totalBytes);
    }
}
