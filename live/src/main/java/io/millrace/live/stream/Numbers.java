package io.millrace.live.stream;

import io.millrace.live.record.Checkpoint;
import io.millrace.live.record.Journal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream's media and discontinuity sequence numbers. They rise for ever: they are reserved in the
 * key space in strides before they are given out, so that after a crash the next number is above
 * all that a player may have seen; after a clean stop the next number follows the last one. Guarded
 * by its stream's lock.
 */
final class Numbers {
    private static final Logger LOG = LoggerFactory.getLogger(Numbers.class);
    private static final int STRIDE = 64;

    private final String stream;
    private final Journal journal;
    private Checkpoint checkpoint;
    private long nextMsn;
    private long discontinuity;

    /** Goes on where the checkpoint says that the numbers stand. */
    Numbers(String stream, Journal journal, Checkpoint checkpoint) {
        this.stream = stream;
        this.journal = journal;
        this.checkpoint = checkpoint;
        this.nextMsn = checkpoint.nextMsn() >= 0 ? checkpoint.nextMsn() : checkpoint.reservedMsn();
        this.discontinuity = checkpoint.discontinuityNumber();
    }

    /** The next segment's media sequence number. */
    long next() {
        return nextMsn;
    }

    /** Gives the next media sequence number out. */
    long take() {
        return nextMsn++;
    }

    /** The discontinuity sequence number of the last segment. */
    long discontinuity() {
        return discontinuity;
    }

    void discontinue() {
        discontinuity++;
    }

    /** A segment that was found has that discontinuity number. */
    void seen(long discontinuityNumber) {
        discontinuity = Math.max(discontinuity, discontinuityNumber);
    }

    /**
     * Makes sure that the next numbers are above everything given out, whatever happens; answers
     * what went wrong while the stream is still this node's, else null.
     *
     * @throws RuntimeException when the numbers are another node's now
     */
    @Nullable String reserve() {
        if (checkpoint.nextMsn() < 0 && nextMsn + STRIDE / 2 < checkpoint.reservedMsn()) {
            return null;
        }
        Checkpoint next = new Checkpoint(nextMsn + STRIDE, -1, discontinuity + STRIDE);
        try {
            journal.checkpoint(stream, next);
            checkpoint = next;
            return null;
        } catch (RuntimeException e) {
            if (!journal.holds()) {
                throw e;
            }
            // A stream that runs is worth more than numbers safe from a second failure.
            LOG.error("{}: numbers could not be reserved: {}", stream, e.toString());
            return "numbers could not be reserved: " + e.getMessage();
        }
    }

    /** At a clean stop: the next owner goes on with the next number. */
    void keep() {
        if (checkpoint.nextMsn() < 0) {
            checkpoint = new Checkpoint(checkpoint.reservedMsn(), nextMsn, discontinuity);
            journal.checkpoint(stream, checkpoint);
        }
    }
}
