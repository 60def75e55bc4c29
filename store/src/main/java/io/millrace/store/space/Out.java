package io.millrace.store.space;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes a record's fields one after another; {@link In} reads them back. Not thread-safe. */
public final class Out {
    private byte[] buffer;
    private int length;

    public Out(int expectedBytes) {
        buffer = new byte[expectedBytes];
    }

    public Out u8(int value) {
        reserve(1);
        buffer[length++] = (byte) value;
        return this;
    }

    /** An unsigned number in groups of seven bits, the lowest first. */
    public Out varint(long value) {
        reserve(10);
        long left = value;
        while ((left & ~0x7FL) != 0) {
            buffer[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        buffer[length++] = (byte) left;
        return this;
    }

    public Out u32(int value) {
        reserve(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            buffer[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    public Out u64(long value) {
        reserve(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buffer[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    public Out raw(byte[] bytes) {
        return raw(bytes, 0, bytes.length);
    }

    public Out raw(byte[] bytes, int offset, int count) {
        reserve(count);
        System.arraycopy(bytes, offset, buffer, length, count);
        length += count;
        return this;
    }

    /** The length as a varint, then the bytes. */
    public Out bytes(byte[] bytes) {
        return varint(bytes.length).raw(bytes);
    }

    public Out text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] done() {
        return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
    }

    private void reserve(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
