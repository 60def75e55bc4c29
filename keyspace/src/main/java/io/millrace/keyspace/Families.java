package io.millrace.keyspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which column family a key lives in.
 *
 * <p>Deletions (D), the change log (L), outgoing calls (Q) and work (W) are queues: written, read
 * once, deleted. Their tombstones would slow the seeks of their neighbours, so they share a column
 * family of their own that is compacted sooner; a peer saw seeks of 13 ms after 100,000 deletes.
 */
final class Families {
    static final int MAIN = 0;
    static final int QUEUES = 1;
    static final int CONTENTS = 2;
    static final List<String> NAMES = List.of("default", "queues", "contents");

    private static final int[] STARTS = {0, 'D', 'E', 'L', 'M', 'Q', 'R', 'W', 'X', 'Y'};
    private static final int[] KINDS = {
        MAIN, QUEUES, MAIN, QUEUES, MAIN, QUEUES, MAIN, QUEUES, CONTENTS, MAIN
    };

    /** The part of a range that lies in one column family. */
    record Segment(int family, byte[] from, byte[] to) {}

    private Families() {}

    static int of(byte[] key) {
        return switch (key[0]) {
            case 'D', 'L', 'Q', 'W' -> QUEUES;
            case 'X' -> CONTENTS;
            default -> MAIN;
        };
    }

    /** A range cut where the column family changes, in rising order. */
    static List<Segment> segments(byte[] from, byte[] to) {
        List<Segment> segments = new ArrayList<>(1);
        byte[] lower = from;
        int at = index(from);
        while (Arrays.compareUnsigned(lower, to) < 0) {
            byte[] upper = to;
            if (at + 1 < STARTS.length) {
                byte[] next = {(byte) STARTS[at + 1]};
                if (Arrays.compareUnsigned(next, to) < 0) {
                    upper = next;
                }
            }
            segments.add(new Segment(KINDS[at], lower, upper));
            lower = upper;
            at++;
        }
        return segments;
    }

    private static int index(byte[] key) {
        int first = key.length == 0 ? 0 : key[0] & 0xFF;
        int at = 0;
        while (at + 1 < STARTS.length && STARTS[at + 1] <= first) {
            at++;
        }
        return at;
    }
}
