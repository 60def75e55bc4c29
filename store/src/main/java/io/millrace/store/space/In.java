package io.millrace.store.space;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads a record's fields; a record that ends too early is corrupt. Not thread-safe. */
public final class In {
    private final byte[] buffer;
    private int at;
    private int version;

    In(byte[] buffer) {
        this.buffer = buffer;
    }

    /** The version of the record that is read. */
    public int version() {
        return version;
    }

    /** Begins a record: its first byte must be a version from 1 to {@code newest}. */
    public static In record(byte[] bytes, int newest, String what) {
        In in = new In(bytes);
        int version = in.u8();
        in.version = version;
        if (version < 1 || version > newest) {
            throw new StoreException(
                    StoreException.Code.STORAGE_FAILED,
                    "a record of "
                            + what
                            + " has format "
                            + version
                            + ", this program knows up to "
                            + newest
                            + ": start a newer Millrace");
        }
        return in;
    }

    public int u8() {
        need(1);
        return buffer[at++] & 0xFF;
    }

    public long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = u8();
            value |= (long) (b & 0x7F) << shift;
            if ((b & 0x80) == 0) {
                return value;
            }
        }
        throw corrupt();
    }

    /** A varint that counts something held in memory. */
    public int count() {
        long value = varint();
        if (value < 0 || value > buffer.length) {
            throw corrupt();
        }
        return (int) value;
    }

    public int u32() {
        need(4);
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | (buffer[at++] & 0xFF);
        }
        return value;
    }

    public long u64() {
        need(8);
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | (buffer[at++] & 0xFF);
        }
        return value;
    }

    private byte[] raw(int count) {
        need(count);
        at += count;
        return Arrays.copyOfRange(buffer, at - count, at);
    }

    public byte[] bytes() {
        return raw(count());
    }

    public String text() {
        int count = count();
        need(count);
        at += count;
        return new String(buffer, at - count, count, StandardCharsets.UTF_8);
    }

    public byte[] rest() {
        return raw(buffer.length - at);
    }

    private void need(int count) {
        if (buffer.length - at < count) {
            throw corrupt();
        }
    }

    private static StoreException corrupt() {
        return new StoreException(
                StoreException.Code.CORRUPT, "a record of the store ends too early");
    }
}
