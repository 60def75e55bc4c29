package io.millrace.formats.mpegts;

/**
 * Finds packets in bytes that come in any pieces, and finds them again after damage.
 *
 * <p>In step, a packet is taken when it and the byte after it begin with 0x47 (or nothing follows
 * yet). Out of step, it looks for two sync bytes a packet apart, so that a torn packet costs itself
 * only. Holds at most three packets.
 */
abstract class TsFramer {
    private static final int PACKET = TsMuxer.PACKET;
    private static final byte SYNC = 0x47;

    private final byte[] held = new byte[3 * PACKET];
    private int heldLength;
    private long heldOffset;
    private boolean hunting;
    private long huntedFrom;

    TsFramer(long offset) {
        heldOffset = offset;
    }

    /** A whole packet at {@code at} in {@code bytes}; it begins at {@code offset} of the stream. */
    abstract void packet(byte[] bytes, int at, long offset);

    /** Bytes were skipped before a packet was found again. */
    abstract void skipped(long offset, long count);

    /** How many bytes came before the next byte to be fed. */
    public final long offset() {
        return heldOffset + heldLength;
    }

    /** Takes the next bytes of the stream. */
    public final void feed(byte[] bytes, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (heldLength == 0 && !hunting) {
                int taken = straight(bytes, at, end);
                at += taken;
                heldOffset += taken;
            }
            int part = Math.min(end - at, held.length - heldLength);
            System.arraycopy(bytes, at, held, heldLength, part);
            heldLength += part;
            at += part;
            drain();
        }
    }

    /** Packets right from the caller's array, while all is in step. */
    private int straight(byte[] bytes, int from, int end) {
        int at = from;
        while (end - at >= PACKET && inStep(bytes, at, end)) {
            packet(bytes, at, heldOffset + at - from);
            at += PACKET;
        }
        return at - from;
    }

    private static boolean inStep(byte[] bytes, int at, int end) {
        return bytes[at] == SYNC && (at + PACKET == end || bytes[at + PACKET] == SYNC);
    }

    private void drain() {
        int at = 0;
        while (true) {
            if (hunting) {
                at = hunt(at);
            }
            if (hunting || heldLength - at < PACKET) {
                break;
            }
            if (inStep(held, at, heldLength)) {
                packet(held, at, heldOffset + at);
                at += PACKET;
            } else {
                hunting = true;
                huntedFrom = heldOffset + at;
                at += 1;
            }
        }
        System.arraycopy(held, at, held, 0, heldLength - at);
        heldLength -= at;
        heldOffset += at;
    }

    /** Moves to the next two sync bytes a packet apart; keeps what may still become one. */
    private int hunt(int from) {
        int at = from;
        while (at < heldLength) {
            if (held[at] == SYNC) {
                if (at + PACKET >= heldLength) {
                    return at;
                }
                if (held[at + PACKET] == SYNC) {
                    hunting = false;
                    skipped(huntedFrom, heldOffset + at - huntedFrom);
                    return at;
                }
            }
            at++;
        }
        return at;
    }
}
