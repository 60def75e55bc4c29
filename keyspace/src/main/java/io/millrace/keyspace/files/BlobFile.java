package io.millrace.keyspace.files;

import io.millrace.kit.OneBit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * Reads a blob file of RocksDB record by record.
 *
 * <p>A head of 30 bytes (u32 magic number, u32 version 1, u32 family, u8 flags, u8 compression, two
 * u64), then records, then a foot of 32 bytes. A record: u64 length of the key, u64 length of the
 * value, u64 expiry, u32 masked CRC32C of these 24 bytes, u32 masked CRC32C of key and value, key,
 * value. Little-endian. Source: the RocksDB source's blob_log_format.h, as a description.
 */
final class BlobFile {
    static final int HEAD_BYTES = 30;
    static final int FOOT_BYTES = 32;
    static final int RECORD_HEAD_BYTES = 32;
    private static final int LENGTHS_BYTES = 24;
    private static final int MAGIC = 0x00248f37;
    private static final String FOOT = "the file's foot is missing or damaged";
    private static final int MOST_BYTES = 1 << 20;

    private final FileChannel channel;
    private final long size;
    private final List<Bad> bad = new ArrayList<>();

    /**
     * A damaged place.
     *
     * @param offset of the record's head (0: of the file's)
     * @param key of the record as far as it is known; empty when its head is damaged
     * @param mend the bit to flip (8 × byte + bit, in the file), empty when it was more than one
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Bad(long offset, byte[] key, OptionalLong mend, String why) {
        /**
         * Whether it may be a file that a crash left unfinished and nobody refers to; if somebody
         * does, reading the rows tells.
         */
        boolean unfinished() {
            return why.equals(FOOT) && mend.isEmpty();
        }
    }

    private BlobFile(FileChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    /** Every damaged place of a file. */
    static List<Bad> check(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            BlobFile blobs = new BlobFile(channel);
            blobs.check();
            return blobs.bad;
        }
    }

    private void check() throws IOException {
        if (size < HEAD_BYTES + FOOT_BYTES) {
            bad.add(new Bad(0, new byte[0], OptionalLong.empty(), FOOT));
            return;
        }
        head();
        foot();
        long at = HEAD_BYTES;
        while (at >= 0 && at < size - FOOT_BYTES) {
            at = record(at);
        }
    }

    private void head() throws IOException {
        byte[] head = read(0, HEAD_BYTES);
        if (goodHead(head)) {
            return;
        }
        bad.add(
                new Bad(
                        0,
                        new byte[0],
                        flipped(head, 0, BlobFile::goodHead),
                        "the file's head is damaged"));
    }

    private static boolean goodHead(byte[] head) {
        ByteBuffer in = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        boolean known = in.getInt() == MAGIC && in.getInt() == 1;
        int family = in.getInt();
        // Only the family of contents has blobs, uncompressed and without expiry.
        return known && family == 2 && in.getShort() == 0 && in.getLong() == 0 && in.getLong() == 0;
    }

    private void foot() throws IOException {
        byte[] foot = read(size - FOOT_BYTES, FOOT_BYTES);
        if (goodFoot(foot)) {
            return;
        }
        long at = size - FOOT_BYTES;
        bad.add(new Bad(at, new byte[0], flipped(foot, at, BlobFile::goodFoot), FOOT));
    }

    private static boolean goodFoot(byte[] foot) {
        ByteBuffer in = ByteBuffer.wrap(foot).order(ByteOrder.LITTLE_ENDIAN);
        return in.getInt() == MAGIC && in.getInt(FOOT_BYTES - 4) == crc(foot, 0, FOOT_BYTES - 4);
    }

    private interface Good {
        boolean test(byte[] bytes);
    }

    private static OptionalLong flipped(byte[] bytes, long position, Good good) {
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            boolean whole = good.test(bytes);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            if (whole) {
                return OptionalLong.of(position * 8 + bit);
            }
        }
        return OptionalLong.empty();
    }

    /** Checks a record; returns where the next one is, -1 when nobody can say. */
    private long record(long at) throws IOException {
        if (at + RECORD_HEAD_BYTES > size - FOOT_BYTES) {
            bad.add(new Bad(at, new byte[0], OptionalLong.empty(), "a record without room"));
            return -1;
        }
        byte[] head = read(at, RECORD_HEAD_BYTES);
        if (!goodRecordHead(head)) {
            OptionalLong mend = flipped(head, at, BlobFile::goodRecordHead);
            bad.add(new Bad(at, new byte[0], mend, "a record's head: its checksum differs"));
            if (mend.isEmpty()) {
                return -1;
            }
            int bit = (int) (mend.getAsLong() - at * 8);
            head[bit / 8] ^= (byte) (1 << bit % 8);
        }
        ByteBuffer in = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long keyBytes = in.getLong();
        long valueBytes = in.getLong();
        int stored = in.getInt(LENGTHS_BYTES + 4);
        if (keyBytes < 0
                || valueBytes < 0
                || keyBytes + valueBytes > MOST_BYTES
                || at + RECORD_HEAD_BYTES + keyBytes + valueBytes > size - FOOT_BYTES) {
            bad.add(new Bad(at, new byte[0], OptionalLong.empty(), "a record past the file"));
            return -1;
        }
        long start = at + RECORD_HEAD_BYTES;
        byte[] body = read(start, (int) (keyBytes + valueBytes));
        if (crc(body, 0, body.length) != stored) {
            byte[] key = java.util.Arrays.copyOf(body, (int) keyBytes);
            bad.add(new Bad(at, key, mend(at, body, stored), "a record: its checksum differs"));
        }
        return start + body.length;
    }

    /** The flipped bit: in key or value, or in their checksum. */
    private static OptionalLong mend(long at, byte[] body, int stored) {
        int difference = stored ^ crc(body, 0, body.length);
        if (Integer.bitCount(difference) == 1) {
            int bit = Integer.numberOfTrailingZeros(difference);
            return OptionalLong.of((at + LENGTHS_BYTES + 4) * 8 + bit);
        }
        OptionalLong found = OneBit.find(body, 0, body.length, LogFile.unmasked(stored));
        return found.isPresent()
                ? OptionalLong.of((at + RECORD_HEAD_BYTES) * 8 + found.getAsLong())
                : found;
    }

    private static boolean goodRecordHead(byte[] head) {
        int stored = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(LENGTHS_BYTES);
        return crc(head, 0, LENGTHS_BYTES) == stored;
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return LogFile.masked((int) crc.getValue());
    }

    private byte[] read(long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.array();
    }
}
