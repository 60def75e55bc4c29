package io.millrace.examples.camera;

/**
 * What the encoder produced and the store has not confirmed yet: a ring of whole MPEG-TS packets.
 * The encoder never waits for the network; when the ring is full (a long cut) the newest packets
 * are dropped and counted, so that what is kept stays in order.
 */
final class StreamBuffer {
    static final int PACKET_BYTES = 188;

    private final byte[] ring;
    private long confirmed;
    private long produced;
    private long dropped;
    private boolean ended;

    StreamBuffer(int capacityBytes) {
        ring = new byte[capacityBytes / PACKET_BYTES * PACKET_BYTES];
    }

    synchronized void add(byte[] packet) {
        if (produced + PACKET_BYTES - confirmed > ring.length) {
            dropped += PACKET_BYTES;
            return;
        }
        System.arraycopy(packet, 0, ring, (int) (produced % ring.length), PACKET_BYTES);
        produced += PACKET_BYTES;
        notifyAll();
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /**
     * The unconfirmed bytes from the oldest on, at most {@code limit}; empty when there are none
     * yet.
     */
    synchronized byte[] pending(int limit) {
        int length = (int) Math.min(produced - confirmed, limit - limit % PACKET_BYTES);
        byte[] out = new byte[length];
        int at = (int) (confirmed % ring.length);
        int first = Math.min(length, ring.length - at);
        System.arraycopy(ring, at, out, 0, first);
        System.arraycopy(ring, 0, out, first, length - first);
        return out;
    }

    synchronized void confirm(int bytes) {
        confirmed += bytes;
    }

    synchronized boolean drained() {
        return ended && produced == confirmed;
    }

    synchronized long backlogBytes() {
        return produced - confirmed;
    }

    synchronized long droppedBytes() {
        return dropped;
    }
}
