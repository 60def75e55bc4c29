package io.millrace.formats.rtmp;

import io.millrace.formats.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes an RTMP chunk stream apart into messages (RTMP 1.0, section 5.3).
 *
 * <p>Set Chunk Size and Abort are obeyed here and not handed on. Bounds: 64 chunk streams, one
 * message at most {@code maxMessageBytes}, and memory grows only with bytes that really came. Not
 * thread-safe.
 */
public final class ChunkReader {
    private static final int MAX_CHUNK_STREAMS = 64;
    private static final int FIRST_ALLOCATION = 16 * 1024;
    private static final int PIECE = 64 * 1024;
    private static final int STRANGER_BUFFER = 4 * 1024;
    private static final int BUFFER = 32 * 1024;

    private final InputStream in;
    private byte[] buffer = new byte[STRANGER_BUFFER];
    private final Map<Integer, ChunkStream> streams = new HashMap<>();
    private int maxMessageBytes;
    private long partial;
    private int start;
    private int end;
    private int chunkSize = 128;
    private long received;
    private @Nullable ChunkStream last;

    /** What is known of one chunk stream: its last header, and the message that it is in. */
    private static final class ChunkStream {
        final int id;
        long timestamp;
        long delta;
        int length;
        int type;
        int streamId;
        boolean extended;
        boolean known;
        byte[] payload = new byte[0];
        int filled;

        ChunkStream(int id) {
            this.id = id;
        }

        boolean inMessage() {
            return filled > 0;
        }
    }

    public ChunkReader(InputStream in, int maxMessageBytes) {
        this.in = in;
        this.maxMessageBytes = maxMessageBytes;
    }

    /** Trusts the peer with larger messages and a larger buffer, once it has shown its key. */
    public void trust(int withMessageBytes) {
        maxMessageBytes = withMessageBytes;
        buffer = Arrays.copyOf(buffer, BUFFER);
    }

    /** Bytes taken from the stream since the handshake, for acknowledgements. */
    public long receivedBytes() {
        return received;
    }

    /** Bytes that the reader occupies now: its buffer and unfinished messages. */
    public long heldBytes() {
        return buffer.length + partial;
    }

    /** Whether bytes are already here, so that {@link #read} may go on without the network. */
    public boolean hasBuffered() {
        return end > start;
    }

    /**
     * The next message, or null when the stream ends between messages.
     *
     * @throws EOFException when it ends inside one
     * @throws FormatException when the chunks are malformed or beyond a bound
     */
    public @Nullable RtmpMessage read() throws IOException {
        while (true) {
            if (start == end && !fill()) {
                if (streams.values().stream().anyMatch(ChunkStream::inMessage)) {
                    throw new EOFException("the RTMP stream ends inside a message");
                }
                return null;
            }
            RtmpMessage message = chunk();
            if (message == null) {
                continue;
            }
            switch (message.type()) {
                case RtmpMessage.SET_CHUNK_SIZE -> setChunkSize(message);
                case RtmpMessage.ABORT -> abort(message);
                default -> {
                    return message;
                }
            }
        }
    }

    private @Nullable RtmpMessage chunk() throws IOException {
        int first = u8();
        int format = first >> 6;
        ChunkStream stream = stream(first & 0x3f);
        header(stream, format);
        int count = Math.min(chunkSize, stream.length - stream.filled);
        body(stream, count);
        if (stream.filled < stream.length) {
            return null;
        }
        byte[] payload =
                stream.payload.length == stream.length
                        ? stream.payload
                        : Arrays.copyOf(stream.payload, stream.length);
        drop(stream);
        return new RtmpMessage(stream.type, stream.streamId, stream.timestamp, payload);
    }

    private void body(ChunkStream stream, int count) throws IOException {
        if (partial + count > 2L * maxMessageBytes) {
            throw FormatException.tooLarge("unfinished RTMP messages hold too many bytes");
        }
        for (int left = count; left > 0; ) {
            int piece = Math.min(left, PIECE);
            room(stream, piece);
            bytes(stream.payload, stream.filled, piece);
            stream.filled += piece;
            partial += piece;
            left -= piece;
        }
    }

    private void drop(ChunkStream stream) {
        partial -= stream.filled;
        stream.payload = new byte[0];
        stream.filled = 0;
    }

    private ChunkStream stream(int low) throws IOException {
        int id =
                switch (low) {
                    case 0 -> 64 + u8();
                    case 1 -> 64 + u8() + 256 * u8();
                    default -> low;
                };
        if (last != null && last.id == id) {
            return last;
        }
        ChunkStream stream = streams.get(id);
        if (stream == null) {
            if (streams.size() == MAX_CHUNK_STREAMS) {
                throw FormatException.tooLarge("more than 64 RTMP chunk streams");
            }
            stream = new ChunkStream(id);
            streams.put(id, stream);
        }
        last = stream;
        return stream;
    }

    private void header(ChunkStream stream, int format) throws IOException {
        if (format != 0 && !stream.known) {
            throw FormatException.malformed("RTMP chunk stream does not begin with a full header");
        }
        if (format != 3 && stream.inMessage()) {
            throw FormatException.malformed("RTMP message header inside a message");
        }
        if (format == 3) {
            continuation(stream);
            return;
        }
        int time = u24();
        if (format < 2) {
            stream.length = u24();
            stream.type = u8();
            if (stream.length > maxMessageBytes) {
                throw FormatException.tooLarge(
                        "RTMP message of " + stream.length + " bytes, above " + maxMessageBytes);
            }
        }
        if (format == 0) {
            stream.streamId = u8() | u8() << 8 | u8() << 16 | u8() << 24;
        }
        stream.extended = time == 0xffffff;
        long value = stream.extended ? u32() : time;
        stream.delta = value;
        stream.timestamp = format == 0 ? value : (stream.timestamp + value) & 0xffffffffL;
        stream.known = true;
    }

    /**
     * A header of type 3: the message goes on, or a new one repeats the last header. Most encoders
     * repeat an extended timestamp here and some do not, so it is taken only when it matches.
     */
    private void continuation(ChunkStream stream) throws IOException {
        if (stream.extended) {
            while (end - start < 4) {
                if (!fill()) {
                    throw new EOFException("the RTMP stream ends inside a chunk header");
                }
            }
            long next =
                    (buffer[start] & 0xffL) << 24
                            | (buffer[start + 1] & 0xff) << 16
                            | (buffer[start + 2] & 0xff) << 8
                            | (buffer[start + 3] & 0xff);
            if (next == stream.delta || next == stream.timestamp) {
                start += 4;
            }
        }
        if (!stream.inMessage()) {
            stream.timestamp = (stream.timestamp + stream.delta) & 0xffffffffL;
        }
    }

    private void room(ChunkStream stream, int count) {
        int need = stream.filled + count;
        if (stream.payload.length >= need) {
            return;
        }
        int size = Math.max(need, Math.max(FIRST_ALLOCATION, stream.payload.length * 4));
        stream.payload = Arrays.copyOf(stream.payload, Math.min(stream.length, size));
    }

    private void setChunkSize(RtmpMessage message) {
        int size = (int) controlValue(message);
        if (size < 1) {
            throw FormatException.malformed("RTMP chunk size " + size);
        }
        chunkSize = size;
    }

    private void abort(RtmpMessage message) {
        ChunkStream stream = streams.get((int) controlValue(message));
        if (stream != null) {
            drop(stream);
        }
    }

    /** The first four bytes of a control message, unsigned. */
    public static long controlValue(RtmpMessage message) {
        byte[] p = message.payload();
        if (p.length < 4) {
            throw FormatException.truncated("RTMP control message");
        }
        return (p[0] & 0xffL) << 24 | (p[1] & 0xff) << 16 | (p[2] & 0xff) << 8 | (p[3] & 0xff);
    }

    private boolean fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        if (count < 0) {
            return false;
        }
        end += count;
        received += count;
        return true;
    }

    private void bytes(byte[] into, int at, int count) throws IOException {
        int here = Math.min(count, end - start);
        System.arraycopy(buffer, start, into, at, here);
        start += here;
        int left = count - here;
        while (left > 0) {
            if (left >= buffer.length) {
                int direct = in.read(into, at + count - left, left);
                if (direct < 0) {
                    throw new EOFException("the RTMP stream ends inside a chunk");
                }
                received += direct;
                left -= direct;
                continue;
            }
            if (!fill()) {
                throw new EOFException("the RTMP stream ends inside a chunk");
            }
            int more = Math.min(left, end - start);
            System.arraycopy(buffer, start, into, at + count - left, more);
            start += more;
            left -= more;
        }
    }

    private int u8() throws IOException {
        while (start == end) {
            if (!fill()) {
                throw new EOFException("the RTMP stream ends inside a chunk header");
            }
        }
        return buffer[start++] & 0xff;
    }

    private int u24() throws IOException {
        return u8() << 16 | u8() << 8 | u8();
    }

    private long u32() throws IOException {
        return (long) u8() << 24 | u24();
    }
}
