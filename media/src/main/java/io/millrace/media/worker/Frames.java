package io.millrace.media.worker;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The frames between the server and an image worker, big-endian, each part with its length before
 * it:
 *
 * <pre>
 * hello     "MRW3"  u32+version
 * request   u32 most ms  u32+process  u32+source  u32 count, then u32+bytes for each watermark image
 * answer    u8 kind (0 result, 1 refused, 2 heavier)  u16 status
 *           u32+content type, code, or expected ms  u32+bytes or message
 *           a message is u32+what the caller reads, then what is for the log alone
 * </pre>
 */
public final class Frames {
    /** The first four bytes that a worker says. */
    public static final byte[] MAGIC = "MRW3".getBytes(StandardCharsets.US_ASCII);

    public static final int RESULT = 0;
    public static final int REFUSED = 1;

    /** The work is expected to cost more than what was allowed. */
    public static final int HEAVIER = 2;

    /** Most bytes of one picture in a request. */
    public static final int MAX_SOURCE_BYTES = 20 << 20;

    /** Most bytes of a text part. */
    public static final int MAX_TEXT_BYTES = 64 << 10;

    /** Most bytes of a result. */
    public static final int MAX_RESULT_BYTES = 128 << 20;

    /** Most characters of an engine's own words that are kept for the log. */
    private static final int MAX_DETAIL = 500;

    /** Most watermark images of one request. */
    public static final int MAX_WATERMARKS = 3;

    private Frames() {}

    record Request(
            int mostMillis, String process, MemorySegment source, List<MemorySegment> watermarks) {}

    /**
     * The next request, its pictures in native memory of {@code arena}; null at the end of the
     * stream.
     */
    static @org.jspecify.annotations.Nullable Request readRequest(
            ReadableByteChannel in, Arena arena) throws IOException {
        ByteBuffer length = ByteBuffer.allocateDirect(4);
        if (in.read(length) < 0) {
            return null;
        }
        readFully(in, length);
        int mostMillis = length.flip().getInt();
        int size = bounded(readInt(in), MAX_TEXT_BYTES);
        ByteBuffer text = ByteBuffer.allocateDirect(size);
        readFully(in, text);
        String process = StandardCharsets.UTF_8.decode(text.flip()).toString();
        MemorySegment source = readPicture(in, arena);
        int count = bounded(readInt(in), MAX_WATERMARKS);
        List<MemorySegment> watermarks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            watermarks.add(readPicture(in, arena));
        }
        return new Request(mostMillis, process, source, watermarks);
    }

    static void writeHello(WritableByteChannel out, String version) throws IOException {
        byte[] text = version.getBytes(StandardCharsets.UTF_8);
        ByteBuffer hello = ByteBuffer.allocate(8 + text.length);
        writeFully(out, hello.put(MAGIC).putInt(text.length).put(text).flip());
    }

    static void writeAnswer(
            WritableByteChannel out, int kind, int status, String word, MemorySegment body)
            throws IOException {
        byte[] text = word.getBytes(StandardCharsets.UTF_8);
        ByteBuffer head = ByteBuffer.allocate(11 + text.length);
        head.put((byte) kind).putShort((short) status).putInt(text.length).put(text);
        writeFully(out, head.putInt((int) body.byteSize()).flip());
        writeFully(out, body.asByteBuffer());
    }

    /** A refusal: what the caller reads, and the engine's words for the log, cut to a length. */
    static void writeRefusal(
            WritableByteChannel out, int status, String code, String text, String detail)
            throws IOException {
        byte[] read = text.getBytes(StandardCharsets.UTF_8);
        String kept = detail.substring(0, Math.min(detail.length(), MAX_DETAIL));
        byte[] logged = kept.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment body = arena.allocate(4L + read.length + logged.length);
            body.asByteBuffer().putInt(read.length).put(read).put(logged);
            writeAnswer(out, REFUSED, status, code, body);
        }
    }

    private static MemorySegment readPicture(ReadableByteChannel in, Arena arena)
            throws IOException {
        int size = bounded(readInt(in), MAX_SOURCE_BYTES);
        MemorySegment bytes = arena.allocate(Math.max(1, size));
        readFully(in, bytes.asByteBuffer().limit(size));
        return bytes.asSlice(0, size);
    }

    private static int readInt(ReadableByteChannel in) throws IOException {
        ByteBuffer four = ByteBuffer.allocateDirect(4);
        readFully(in, four);
        return four.flip().getInt();
    }

    private static int bounded(int size, int most) throws IOException {
        if (size < 0 || size > most) {
            throw new IOException("a part of " + size + " bytes; the most is " + most);
        }
        return size;
    }

    private static void readFully(ReadableByteChannel in, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (in.read(into) < 0) {
                throw new EOFException("the stream ended inside a frame");
            }
        }
    }

    private static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
