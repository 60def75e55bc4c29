package io.millrace.kit;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * Byte arrays of one length, some kept for whoever needs one next. Large arrays that live as long
 * as a piece of a transfer does outlive young collections and fill the old generation with garbage;
 * taken from here they cost neither that nor being zeroed. An array holds what its last user left
 * in it. Thread-safe.
 */
public final class SpareArrays {
    private final int length;
    private final ArrayBlockingQueue<byte[]> spare;

    /**
     * @param length bytes of each array
     * @param kept at most so many wait for a next user; others are left to the collector
     */
    public SpareArrays(int length, int kept) {
        this.length = length;
        this.spare = new ArrayBlockingQueue<>(kept);
    }

    /** An array with any content. */
    public byte[] take() {
        byte[] array = spare.poll();
        return array == null ? new byte[length] : array;
    }

    /** Only by its one user, who never touches it again; one of another length is left alone. */
    public void giveBack(byte[] array) {
        if (array.length == length) {
            spare.offer(array);
        }
    }
}
