package io.millrace.media.worker;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * The quality that a JPEG was written with, read off its luminance quantisation table: the scale of
 * 1–100 whose table (ITU-T T.81 annex K, scaled the way libjpeg does) has the nearest sum.
 */
final class JpegQuality {
    /** The sum of annex K's luminance table. */
    private static final int BASE_SUM = 3688;

    private static final int MAX_SEGMENTS = 200;

    private JpegQuality() {}

    /** 1–100; empty when no table is found before the picture begins. */
    static OptionalInt estimate(MemorySegment jpeg) {
        long at = 2;
        for (int i = 0; i < MAX_SEGMENTS && at + 4 <= jpeg.byteSize(); i++) {
            if (unsigned(jpeg, at) != 0xFF) {
                return OptionalInt.empty();
            }
            int marker = unsigned(jpeg, at + 1);
            if (marker == 0xFF) {
                at++;
                continue;
            }
            int length = unsigned(jpeg, at + 2) << 8 | unsigned(jpeg, at + 3);
            if (marker == 0xDB) {
                return table(jpeg, at + 4, at + 2 + length);
            }
            if (marker == 0xDA) {
                return OptionalInt.empty();
            }
            at += 2 + length;
        }
        return OptionalInt.empty();
    }

    private static OptionalInt table(MemorySegment jpeg, long start, long end) {
        if (start >= jpeg.byteSize()) {
            return OptionalInt.empty();
        }
        boolean words = unsigned(jpeg, start) >> 4 != 0;
        long size = words ? 128 : 64;
        if (start + 1 + size > Math.min(end, jpeg.byteSize())) {
            return OptionalInt.empty();
        }
        int sum = 0;
        for (int i = 0; i < 64; i++) {
            long at = start + 1 + (words ? 2L * i : i);
            sum += words ? unsigned(jpeg, at) << 8 | unsigned(jpeg, at + 1) : unsigned(jpeg, at);
        }
        return OptionalInt.of(nearest(sum));
    }

    private static int nearest(int sum) {
        double percent = 100.0 * sum / BASE_SUM;
        // libjpeg: percent = 5000/q below 50, 200−2q from there on.
        long quality = Math.round(percent <= 100 ? (200 - percent) / 2 : 5000 / percent);
        return Math.clamp(quality, 1, 100);
    }

    private static int unsigned(MemorySegment bytes, long at) {
        return bytes.get(JAVA_BYTE, at) & 0xFF;
    }
}
