package io.millrace.keyspace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keys as tuples whose bytes compare as their elements do.
 *
 * <p>Text and byte strings: 0x00 is written as 00 FF and the element ends with 00 01, so that "a"
 * comes before "ab" and an element may hold any byte. Numbers have a fixed width, big-endian,
 * unsigned. A builder is used once by one thread.
 *
 * <pre>{@code
 * byte[] key = Keys.family('M').bytes(bucketId).text(objectKey).done();
 * byte[] all = Keys.family('M').bytes(bucketId).done();        // prefix of the bucket's keys
 * byte[] some = Keys.family('M').bytes(bucketId).textPrefix("photos/").done();
 * }</pre>
 */
public final class Keys {
    private byte[] buffer = new byte[64];
    private int length;

    private Keys() {}

    /** Begins a key with the byte of its family: a letter. */
    public static Keys family(char family) {
        if (family < 'A' || family > 'Z') {
            throw Limits.limit("a key family is a letter from A to Z, not '" + family + "'");
        }
        Keys keys = new Keys();
        keys.put(family);
        return keys;
    }

    /** Begins with the bytes of an earlier key or prefix. */
    public static Keys under(byte[] prefix) {
        return new Keys().raw(prefix);
    }

    /** Adds text in UTF-8, escaped and ended. */
    public Keys text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a byte string, escaped and ended. */
    public Keys bytes(byte[] bytes) {
        bytesPrefix(bytes);
        put(0x00);
        put(0x01);
        return this;
    }

    /** Adds the beginning of a text element: escaped but not ended, for scans. */
    public Keys textPrefix(String text) {
        return bytesPrefix(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds the beginning of a byte-string element: escaped but not ended, for scans. */
    public Keys bytesPrefix(byte[] bytes) {
        for (byte b : bytes) {
            put(b);
            if (b == 0) {
                put(0xFF);
            }
        }
        return this;
    }

    /** Adds one unsigned byte, 0 to 255. */
    public Keys u8(int value) {
        put(value);
        return this;
    }

    /** Adds four bytes, unsigned. */
    public Keys u32(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            put(value >>> shift);
        }
        return this;
    }

    /** Adds eight bytes, unsigned. */
    public Keys u64(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            put((int) (value >>> shift));
        }
        return this;
    }

    /** Adds bytes as they are. */
    public Keys raw(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
        return this;
    }

    /** The key. */
    public byte[] done() {
        return Arrays.copyOf(buffer, length);
    }

    /** Reads the elements of a key back, from {@code offset} on. */
    public static Reader read(byte[] key, int offset) {
        return new Reader(key, offset);
    }

    /** The first key above every key that begins with {@code prefix}. */
    public static byte[] afterPrefix(byte[] prefix) {
        int end = prefix.length;
        while (end > 0 && prefix[end - 1] == (byte) 0xFF) {
            end--;
        }
        if (end == 0) {
            return new byte[] {(byte) 0xFF};
        }
        byte[] after = Arrays.copyOf(prefix, end);
        after[end - 1]++;
        return after;
    }

    /** The first key above {@code key}: the key and a 0x00. */
    public static byte[] next(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** A byte string as escaped in a key, without its end: what a delimiter becomes. */
    public static byte[] escaped(byte[] bytes) {
        return new Keys().bytesPrefix(bytes).done();
    }

    /** True if {@code key} begins with {@code prefix}. */
    public static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length
                && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    static boolean within(byte[] key, byte[] from, byte[] to) {
        return Arrays.compareUnsigned(key, from) >= 0 && Arrays.compareUnsigned(key, to) < 0;
    }

    /** A counter's value in eight bytes, big-endian, as {@link Mutation.Add} keeps it. */
    public static byte[] counter(long value) {
        return new Keys().u64(value).done();
    }

    /** Reads a counter; null is 0. */
    public static long counter(byte @Nullable [] value) {
        if (value == null) {
            return 0;
        }
        if (value.length != Long.BYTES) {
            throw Limits.limit("a counter has eight bytes, this value has " + value.length);
        }
        return new Reader(value, 0).u64();
    }

    private void put(int value) {
        reserve(1);
        buffer[length++] = (byte) value;
    }

    private void reserve(int more) {
        if (length + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }

    /** Takes a key apart in the order in which it was built. Not thread-safe. */
    public static final class Reader {
        private final byte[] key;
        private int at;

        private Reader(byte[] key, int at) {
            this.key = key;
            this.at = at;
        }

        /** The next element as text. */
        public String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        /** The next element as bytes. */
        public byte[] bytes() {
            byte[] out = new byte[key.length - at];
            int n = 0;
            while (true) {
                byte b = take();
                if (b != 0) {
                    out[n++] = b;
                    continue;
                }
                int mark = take() & 0xFF;
                if (mark == 0x01) {
                    return Arrays.copyOf(out, n);
                }
                if (mark != 0xFF) {
                    throw malformed();
                }
                out[n++] = 0;
            }
        }

        public int u8() {
            return take() & 0xFF;
        }

        public int u32() {
            int value = 0;
            for (int i = 0; i < Integer.BYTES; i++) {
                value = value << 8 | (take() & 0xFF);
            }
            return value;
        }

        public long u64() {
            long value = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                value = value << 8 | (take() & 0xFF);
            }
            return value;
        }

        /** Whether anything is left. */
        public boolean more() {
            return at < key.length;
        }

        private byte take() {
            if (at >= key.length) {
                throw malformed();
            }
            return key[at++];
        }

        private static KeySpaceException malformed() {
            return new KeySpaceException(
                    KeySpaceException.Code.FORMAT, "a key ends in the middle of an element");
        }
    }
}
