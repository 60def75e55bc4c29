package io.millrace.store.scrub;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * How far a store's scrub has come, durably: a restart goes on from here.
 *
 * @param phase what is read now
 * @param position in the phase: the key of the last owner whose extent was read, or of the last
 *     record that was looked at, or the name of the last file; empty at its beginning
 * @param startedMillis when the pass began, 0 before the first
 * @param finishedMillis when the last whole pass ended, 0 before that
 */
record ScrubRow(
        Phase phase,
        long pass,
        long startedMillis,
        byte[] position,
        long doneBytes,
        long totalBytes,
        long found,
        long finishedMillis) {
    private static final int FORMAT = 1;
    private static final byte[] BEGINNING = {};

    /** Parts of a pass in their order. */
    enum Phase {
        NONE(0),
        EXTENTS(1),
        EXTENTS_UNNAMED(2),
        ROWS(4),
        KEY_SPACE(3);

        final int code;

        Phase(int code) {
            this.code = code;
        }

        static Phase of(int code) {
            return switch (code) {
                case 0 -> NONE;
                case 1 -> EXTENTS;
                case 2 -> EXTENTS_UNNAMED;
                case 3 -> KEY_SPACE;
                case 4 -> ROWS;
                default ->
                        throw new StoreException(
                                StoreException.Code.CORRUPT, "a scrub is in the phase " + code);
            };
        }
    }

    static final ScrubRow NEVER = new ScrubRow(Phase.NONE, 0, 0, BEGINNING, 0, 0, 0, 0);

    ScrubRow begin(long nowMillis, long total) {
        return new ScrubRow(
                Phase.EXTENTS, pass + 1, nowMillis, BEGINNING, 0, total, 0, finishedMillis);
    }

    ScrubRow in(Phase next) {
        return new ScrubRow(
                next, pass, startedMillis, BEGINNING, doneBytes, totalBytes, found, finishedMillis);
    }

    ScrubRow at(byte[] place, long bytes, long damages) {
        return new ScrubRow(
                phase,
                pass,
                startedMillis,
                place,
                doneBytes + bytes,
                totalBytes,
                found + damages,
                finishedMillis);
    }

    ScrubRow end(long nowMillis) {
        return new ScrubRow(
                Phase.NONE,
                pass,
                startedMillis,
                BEGINNING,
                doneBytes,
                totalBytes,
                found,
                nowMillis);
    }

    byte[] encode() {
        Out out = new Out(96).u8(FORMAT).u8(phase.code).varint(pass).varint(startedMillis);
        out.bytes(position).varint(doneBytes).varint(totalBytes);
        return out.varint(found).varint(finishedMillis).done();
    }

    static ScrubRow decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return NEVER;
        }
        In in = In.record(bytes, FORMAT, "a scrub");
        Phase phase = Phase.of(in.u8());
        long pass = in.varint();
        long started = in.varint();
        byte[] position = in.bytes();
        return new ScrubRow(
                phase, pass, started, position, in.varint(), in.varint(), in.varint(), in.varint());
    }
}
