package io.millrace.keyspace.files;

import io.millrace.kit.OneBit;
import java.io.IOException;
import java.nio.BufferUnderflowException;
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
 * A block of a sorted table as bytes, and the table's foot.
 *
 * <p>Behind each block stand u8 compression and u32 masked CRC32C of block and compression. The
 * foot, the last 53 bytes: u8 kind of checksum (1 CRC32C), the places of two blocks as pairs of
 * numbers in groups of seven bits, filling up to byte 41, u32 version, u64 magic number.
 * Little-endian. Source: the RocksDB wiki, "Rocksdb BlockBasedTable Format".
 */
final class TableBlock {
    private static final int TRAILER_BYTES = 5;
    private static final int FOOT_BYTES = 53;
    private static final int PLACES_END = 41;
    private static final int CRC32C_KIND = 1;
    private static final int VERSION = 5;
    private static final long MAGIC = 0x88e241b785f4cff7L;

    private TableBlock() {}

    /**
     * The one bit that was flipped in a block.
     *
     * @param offset of the block in the file
     * @param size of the block without what stands behind it
     * @return 8 × byte + bit in the file, empty when it was more than a bit
     */
    static OptionalLong flippedBit(Path file, long offset, int size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (offset < 0 || size < 0 || offset > channel.size() - size - TRAILER_BYTES) {
                return OptionalLong.empty();
            }
            byte[] bytes = read(channel, offset, size + TRAILER_BYTES);
            int stored = stored(bytes);
            int difference = stored ^ crc(bytes, size + 1);
            if (difference == 0) {
                return OptionalLong.empty();
            }
            if (Integer.bitCount(difference) == 1) {
                int bit = Integer.numberOfTrailingZeros(difference);
                return OptionalLong.of((offset + size + 1) * 8 + bit);
            }
            OptionalLong found = OneBit.find(bytes, 0, size + 1, LogFile.unmasked(stored));
            return found.isPresent() ? OptionalLong.of(offset * 8 + found.getAsLong()) : found;
        }
    }

    /** The one bit that was flipped in the foot, empty if it is whole or more than a bit is off. */
    static OptionalLong flippedInFoot(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long start = channel.size() - FOOT_BYTES;
            if (start < 0) {
                return OptionalLong.empty();
            }
            byte[] foot = read(channel, start, FOOT_BYTES);
            if (goodFoot(channel, foot)) {
                return OptionalLong.empty();
            }
            for (int bit = 0; bit < FOOT_BYTES * 8; bit++) {
                foot[bit / 8] ^= (byte) (1 << bit % 8);
                boolean good = goodFoot(channel, foot);
                foot[bit / 8] ^= (byte) (1 << bit % 8);
                if (good) {
                    return OptionalLong.of(start * 8 + bit);
                }
            }
            return OptionalLong.empty();
        }
    }

    /**
     * The one bit that was flipped in a block about the table (its properties, its filter), which
     * the engine reads at opening and does not name.
     *
     * @return 8 × byte + bit in the file, empty if all are whole or more than a bit is off
     */
    static OptionalLong flippedAbout(Path file) throws IOException {
        List<Place> places = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long start = channel.size() - FOOT_BYTES;
            byte[] foot = start < 0 ? new byte[0] : read(channel, start, FOOT_BYTES);
            if (start < 0 || !goodFoot(channel, foot)) {
                return OptionalLong.empty();
            }
            ByteBuffer in = ByteBuffer.wrap(foot).position(1);
            Place list = new Place(LoggedBatch.number(in), LoggedBatch.number(in));
            places.addAll(listed(read(channel, list.offset(), (int) list.size())));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return OptionalLong.empty();
        }
        for (Place place : places) {
            OptionalLong bit = flippedBit(file, place.offset(), (int) place.size());
            if (bit.isPresent()) {
                return bit;
            }
        }
        return OptionalLong.empty();
    }

    /** Where a block lies, without the trailer behind it. */
    private record Place(long offset, long size) {}

    /**
     * The places that the list of the blocks about the table holds: entries of the numbers of bytes
     * shared with the name before, of the others and of the value, then name and value; behind them
     * u32 starts, counted by the last u32.
     */
    private static List<Place> listed(byte[] block) {
        ByteBuffer in = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        int starts = in.getInt(block.length - Integer.BYTES);
        in.limit(block.length - Integer.BYTES * (starts + 1));
        List<Place> places = new ArrayList<>();
        while (in.hasRemaining()) {
            LoggedBatch.number(in);
            long name = LoggedBatch.number(in);
            int end = Math.toIntExact(LoggedBatch.number(in) + name) + in.position();
            in.position(in.position() + (int) name);
            places.add(new Place(LoggedBatch.number(in), LoggedBatch.number(in)));
            in.position(end);
        }
        return places;
    }

    private static boolean goodFoot(FileChannel channel, byte[] foot) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(foot).order(ByteOrder.LITTLE_ENDIAN);
        if (in.get(0) != CRC32C_KIND
                || in.getInt(PLACES_END) != VERSION
                || in.getLong(PLACES_END + 4) != MAGIC) {
            return false;
        }
        in.position(1).limit(PLACES_END);
        try {
            // The list of the blocks about the table, then the index.
            boolean about = goodBlock(channel, in);
            return goodBlock(channel, in) && about;
        } catch (BufferUnderflowException e) {
            return false;
        }
    }

    private static boolean goodBlock(FileChannel channel, ByteBuffer place) throws IOException {
        long offset = LoggedBatch.number(place);
        long size = LoggedBatch.number(place);
        if (offset < 0 || size < 0 || offset > channel.size() - size - TRAILER_BYTES) {
            return false;
        }
        byte[] bytes = read(channel, offset, (int) size + TRAILER_BYTES);
        return stored(bytes) == crc(bytes, (int) size + 1);
    }

    /** The checksum in a block's last four bytes. */
    private static int stored(byte[] block) {
        return ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(block.length - 4);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return LogFile.masked((int) crc.getValue());
    }

    private static byte[] read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.array();
    }
}
