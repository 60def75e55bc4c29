package io.millrace.formats.mpegts;

import java.util.Arrays;

/** A growing run of transport packets. Not thread-safe. */
public final class TsBuffer {
    private byte[] bytes;
    private int length;

    /** Begins empty with room for about {@code expectedBytes}. */
    public TsBuffer(int expectedBytes) {
        bytes = new byte[Math.max(TsMuxer.PACKET * 64, expectedBytes)];
    }

    /** The packets are the first {@link #length} bytes of this array. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Makes room for one packet and returns where it begins. */
    int packet() {
        if (bytes.length - length < TsMuxer.PACKET) {
            bytes = Arrays.copyOf(bytes, bytes.length + Math.max(bytes.length / 2, 64 * 1024));
        }
        int at = length;
        length += TsMuxer.PACKET;
        return at;
    }
}
