package io.millrace.keyspace.files;

import io.millrace.kit.OneBit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file in RocksDB's log format (the write-ahead log and the manifest) past its damage.
 *
 * <p>The file is cut into blocks of 32 KiB. A record lies in one or more fragments, none of which
 * crosses a block: u32 masked CRC32C of type and payload, u16 length, u8 type (1 whole, 2 first, 3
 * middle, 4 last), payload; numbers are little-endian. Fewer than seven bytes at a block's end are
 * filling. Source: the RocksDB wiki, "Write Ahead Log File Format".
 *
 * <p>RocksDB gives up at the first damaged fragment, or skips the rest of its block. Here reading
 * goes on at the next place that checks: behind the damaged fragment if its length makes sense,
 * else at the first byte of the block where a whole fragment begins, else with the next block. So
 * exactly the record that was hit is missing.
 */
public final class LogFile {
    static final int BLOCK_BYTES = 32 * 1024;
    static final int HEADER_BYTES = 7;
    static final int WHOLE = 1;
    static final int FIRST = 2;
    static final int MIDDLE = 3;
    static final int LAST = 4;

    private static final int MASK_DELTA = 0xa282ead8;

    /** What was found, in the order of the file. */
    public sealed interface Part {}

    /** A record whose every fragment checks, from the offset of its first fragment's header on. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Entry(long offset, byte[] payload) implements Part {}

    /**
     * A place that is no record, up to where reading went on.
     *
     * @param offset of the damaged fragment's header
     * @param payload what the damaged record seems to have held, as far as lengths made sense; for
     *     names in a report, never for use
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Bad(long offset, long end, byte[] payload, String why) implements Part {}

    private final FileChannel channel;
    private final long size;
    private final Consumer<Part> into;
    private final byte[] block = new byte[BLOCK_BYTES];
    private final CRC32C crc = new CRC32C();
    private final ByteArrayOutputStream record = new ByteArrayOutputStream();

    /** Where the open record began, -1 when none is open. */
    private long recordStart = -1;

    /** The damage that is being passed over, null outside of one. */
    private @Nullable String why;

    private long badStart;

    /** Where zeros up to a block's end began, -1 outside of such a gap. */
    private long zerosStart = -1;

    private LogFile(FileChannel channel, Consumer<Part> into) throws IOException {
        this.channel = channel;
        this.size = channel.size();
        this.into = into;
    }

    /** Reads a whole file; parts come in order. */
    public static void read(Path file, Consumer<Part> into) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            new LogFile(channel, into).read();
        }
    }

    private void read() throws IOException {
        for (long start = 0; start < size; start += BLOCK_BYTES) {
            readBlock(start, fill(start));
        }
        if (recordStart >= 0 && why == null) {
            bad(recordStart, "the record has no end");
        }
        endBad(size);
    }

    /** Reads the block that begins there; returns how many bytes it has. */
    private int fill(long start) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK_BYTES, size - start));
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, start + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.position();
    }

    private void readBlock(long start, int length) {
        int at = 0;
        while (length - at >= HEADER_BYTES) {
            if (zeros(at, length)) {
                // Space that was reserved and never written: damage only if more bytes follow.
                zerosStart = zerosStart < 0 ? start + at : zerosStart;
                return;
            }
            if (zerosStart >= 0) {
                bad(zerosStart, "zeros where records were");
                zerosStart = -1;
            }
            at = fragment(start, at, length);
        }
    }

    /** Takes one fragment; returns where the next one begins. */
    private int fragment(long start, int at, int length) {
        int bytes = bytes(at);
        int type = block[at + 6] & 0xFF;
        boolean fits = at + HEADER_BYTES + bytes <= length;
        if (fits && checks(at, bytes)) {
            take(start + at, at, bytes, type);
            return at + HEADER_BYTES + bytes;
        }
        String text = fits ? "its checksum differs" : "its length is past the block";
        boolean known = fits && type >= WHOLE && type <= LAST;
        int behind = at + HEADER_BYTES + bytes;
        if (known && (length - behind < HEADER_BYTES || wholeAt(behind, length))) {
            damaged(start + at, at, bytes, type, text);
            return behind;
        }
        damaged(start + at, at, known ? bytes : 0, known ? type : 0, text);
        for (int next = at + 1; length - next >= HEADER_BYTES; next++) {
            if (wholeAt(next, length)) {
                return next;
            }
        }
        return length;
    }

    private boolean wholeAt(int at, int length) {
        if (length - at < HEADER_BYTES) {
            return false;
        }
        int type = block[at + 6] & 0xFF;
        int bytes = bytes(at);
        return type >= WHOLE
                && type <= LAST
                && at + HEADER_BYTES + bytes <= length
                && checks(at, bytes);
    }

    private void take(long position, int at, int bytes, int type) {
        switch (type) {
            case WHOLE, FIRST -> {
                if (recordStart >= 0 && why == null) {
                    bad(recordStart, "the record has no end");
                }
                endBad(position);
                record.reset();
                recordStart = position;
            }
            case MIDDLE, LAST -> {
                if (recordStart < 0 && why == null) {
                    bad(position, "the record has no beginning");
                }
            }
            default -> {
                return;
            }
        }
        record.write(block, at + HEADER_BYTES, bytes);
        if (why == null && (type == WHOLE || type == LAST)) {
            into.accept(new Entry(recordStart, record.toByteArray()));
            record.reset();
            recordStart = -1;
        } else if (why != null && type == LAST) {
            endBad(position + HEADER_BYTES + bytes);
        }
    }

    private void damaged(long position, int at, int bytes, int type, String text) {
        boolean begins = type == WHOLE || type == FIRST;
        if (begins && recordStart >= 0 && why == null) {
            bad(recordStart, "the record has no end");
        }
        if (begins) {
            endBad(position);
            record.reset();
        }
        bad(position, text);
        record.write(block, at + HEADER_BYTES, bytes);
        if (type == WHOLE || type == LAST) {
            endBad(position + HEADER_BYTES + bytes);
        }
    }

    private void bad(long position, String text) {
        if (why == null) {
            why = text;
            badStart = position;
        }
    }

    private void endBad(long end) {
        String text = why;
        if (text != null) {
            into.accept(new Bad(badStart, end, record.toByteArray(), text));
            why = null;
            record.reset();
            recordStart = -1;
        }
    }

    /**
     * The one bit that was flipped in a damaged fragment, header or payload.
     *
     * @param offset of the fragment's header, as {@link Bad#offset} says
     * @return the bit's number in the file (8 × byte + bit), or empty when it was more than a bit
     */
    public static OptionalLong flippedBit(Path file, long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            LogFile log = new LogFile(channel, part -> {});
            long start = offset / BLOCK_BYTES * BLOCK_BYTES;
            int length = log.fill(start);
            int at = (int) (offset - start);
            if (length - at < HEADER_BYTES) {
                return OptionalLong.empty();
            }
            OptionalInt found = log.flippedInHeader(at, length);
            if (found.isEmpty()) {
                found = log.flippedInPayload(at, length);
            }
            return found.isPresent()
                    ? OptionalLong.of(start * 8 + found.getAsInt())
                    : OptionalLong.empty();
        }
    }

    /** Tries each bit of checksum, length and type. */
    private OptionalInt flippedInHeader(int at, int length) {
        for (int bit = 0; bit < HEADER_BYTES * 8; bit++) {
            int index = at + bit / 8;
            block[index] ^= (byte) (1 << bit % 8);
            boolean whole = wholeAt(at, length);
            block[index] ^= (byte) (1 << bit % 8);
            if (whole) {
                return OptionalInt.of(at * 8 + bit);
            }
        }
        return OptionalInt.empty();
    }

    private OptionalInt flippedInPayload(int at, int length) {
        int bytes = bytes(at);
        if (at + HEADER_BYTES + bytes > length) {
            return OptionalInt.empty();
        }
        int stored = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
        OptionalLong bit = OneBit.find(block, at + 6, 1 + bytes, unmasked(stored));
        return bit.isPresent() ? OptionalInt.of((int) bit.getAsLong()) : OptionalInt.empty();
    }

    private boolean zeros(int at, int length) {
        for (int i = at; i < length; i++) {
            if (block[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private int bytes(int at) {
        return (block[at + 4] & 0xFF) | (block[at + 5] & 0xFF) << 8;
    }

    private boolean checks(int at, int bytes) {
        int stored = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
        crc.reset();
        crc.update(block, at + 6, 1 + bytes);
        return masked((int) crc.getValue()) == stored;
    }

    /** RocksDB stores a CRC rotated and shifted, so that CRCs of data with CRCs stay good. */
    static int masked(int crc) {
        return Integer.rotateRight(crc, 15) + MASK_DELTA;
    }

    static int unmasked(int stored) {
        return Integer.rotateLeft(stored - MASK_DELTA, 15);
    }
}
