package io.millrace.live;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongFunction;

/** Reads of transport streams whether their first picture is an IDR picture. */
final class TsPictures {
    private static final int PACKET = 188;
    private static final int VIDEO = 0x100;

    private final LongFunction<byte[]> segments;
    private final Map<Long, Boolean> known = new HashMap<>();

    TsPictures(LongFunction<byte[]> segments) {
        this.segments = segments;
    }

    /** Whether the segment of that number needs nothing before it. */
    boolean independent(long msn) {
        return known.computeIfAbsent(msn, n -> firstSlice(segments.apply(n)) != 1);
    }

    /** The type of the first slice's NAL unit: 1, 5, or -1 without a picture. */
    private static int firstSlice(byte[] ts) {
        int state = -1;
        for (int at = 0; at + PACKET <= ts.length; at += PACKET) {
            int pid = (ts[at + 1] & 0x1f) << 8 | ts[at + 2] & 0xff;
            if (pid != VIDEO) {
                continue;
            }
            boolean adapted = (ts[at + 3] & 0x20) != 0;
            int from = at + 4 + (adapted ? 1 + (ts[at + 4] & 0xff) : 0);
            for (int i = from; i < at + PACKET; i++) {
                int type = ts[i] & 0x1f;
                if ((state & 0xffffff) == 1 && (type == 1 || type == 5) && (ts[i] & 0x80) == 0) {
                    return type;
                }
                state = state << 8 | ts[i] & 0xff;
            }
        }
        return -1;
    }
}
