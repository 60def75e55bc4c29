package io.millrace.store.verify;

import io.millrace.extents.ExtentsException;
import io.millrace.kit.Crc64;
import io.millrace.store.space.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads all bytes of something stored, past what can't be read, and keeps where that is. Work in
 * proportion to the bytes and, for the first 100 places, 16 times the damaged ones.
 */
final class WholeRead {
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int STEP_BYTES = 4 << 10;
    private static final int MOST_PLACES = 100;

    /** What is read; like {@link io.millrace.store.objects.ObjectReader#read}. */
    interface Bytes {
        int read(long offset, byte[] into, int at, int length);
    }

    private final Bytes source;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final Crc64 crc = new Crc64();
    private final List<Span> places = new ArrayList<>();
    private @Nullable String text;
    private long more;
    private long damagedTo = -1;
    private long readBytes;

    private WholeRead(Bytes source) {
        this.source = source;
    }

    static WholeRead of(Bytes source, long size) {
        WholeRead read = new WholeRead(source);
        for (long at = 0; at < size; at += CHUNK_BYTES) {
            read.chunk(at, (int) Math.min(CHUNK_BYTES, size - at));
        }
        return read;
    }

    private void chunk(long at, int length) {
        if (reads(at, length)) {
            count(length);
        } else if (places.size() < MOST_PLACES) {
            for (int step = 0; step < length; step += STEP_BYTES) {
                int bytes = Math.min(STEP_BYTES, length - step);
                take(at + step, bytes);
            }
        } else {
            damaged(at, length);
        }
    }

    private void take(long at, int length) {
        if (reads(at, length)) {
            count(length);
        } else {
            damaged(at, length);
        }
    }

    private void count(int length) {
        crc.update(chunk, 0, length);
        readBytes += length;
    }

    private boolean reads(long at, int length) {
        try {
            for (int done = 0; done < length; ) {
                int got = source.read(at + done, chunk, done, length - done);
                if (got <= 0) {
                    note("it is shorter than its record says");
                    return false;
                }
                done += got;
            }
            return true;
        } catch (StoreException | ExtentsException e) {
            note(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void note(String what) {
        text = text == null ? what : text;
    }

    private void damaged(long at, int length) {
        boolean goesOn = damagedTo == at;
        damagedTo = at + length;
        if (goesOn && more == 0 && !places.isEmpty()) {
            places.add(new Span(places.removeLast().from(), damagedTo));
        } else if (places.size() < MOST_PLACES) {
            places.add(new Span(at, damagedTo));
        } else if (!goesOn) {
            more++;
        }
    }

    /** What to say of it; null when every byte reads and all have this checksum. */
    @Nullable Hit hit(String bucket, String key, long crc64) {
        if (!places.isEmpty()) {
            return new Hit(
                    bucket, key, places.getFirst().from(), String.valueOf(text), places, more);
        }
        return crc.value() == crc64
                ? null
                : new Hit(bucket, key, 0, "its bytes do not have the CRC64 of its record");
    }

    long readBytes() {
        return readBytes;
    }
}
