package io.millrace.edge.cache;

import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.CacheControl;
import io.millrace.edge.policy.Freshness;
import io.millrace.edge.policy.Storing;
import io.millrace.kit.http.HttpDate;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The records of a segment's log: length, CRC32C of the payload, payload; the payload begins with
 * its kind and format version. See docs/formats/edge.md.
 */
final class Records {
    static final int CHUNK = 0x11;
    static final int ENTRY = 0x22;

    /** Of versions that let unkeyed request fields reach the origin and kept cookies. */
    private static final int ENTRY_1 = 0x21;

    static final int GONE = 0x31;

    private static final int MOST_BYTES = 1 << 20;

    private Records() {}

    /** A record that was read. */
    sealed interface Logged {
        record ChunkAt(long body, int index, long offset, int length, int crc) implements Logged {}

        record EntryOf(
                long body,
                long length,
                String key,
                long purgeSequence,
                List<String> vary,
                List<String> selecting,
                Headers headers,
                Freshness freshness)
                implements Logged {}

        /** Everything stored under the key is void. */
        record Gone(String key) implements Logged {}
    }

    interface Payload {
        void write(DataOutputStream out) throws IOException;
    }

    static ByteBuffer frame(int kind, Payload payload) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(0);
            out.writeByte(kind);
            payload.write(out);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes.toByteArray());
        CRC32C crc = new CRC32C();
        crc.update(frame.array(), 8, frame.capacity() - 8);
        frame.putInt(0, frame.capacity() - 8).putInt(4, (int) crc.getValue());
        return frame;
    }

    static ByteBuffer chunk(long body, int index, long offset, int length, int crc) {
        return frame(
                CHUNK,
                out -> {
                    out.writeLong(body);
                    out.writeInt(index);
                    out.writeLong(offset);
                    out.writeInt(length);
                    out.writeInt(crc);
                });
    }

    static ByteBuffer entry(Entry entry) {
        return frame(
                ENTRY,
                out -> {
                    out.writeLong(entry.body().id());
                    out.writeLong(entry.body().length());
                    text(out, entry.key());
                    out.writeLong(entry.purgeSequence());
                    texts(out, entry.vary());
                    texts(out, entry.selecting());
                    Freshness f = entry.freshness();
                    out.writeInt(f.status());
                    out.writeLong(f.responseMillis());
                    out.writeLong(f.initialAgeSeconds());
                    out.writeLong(f.lifetimeSeconds());
                    Headers headers = entry.headers();
                    out.writeInt(headers.size());
                    for (int i = 0; i < headers.size(); i++) {
                        text(out, headers.name(i));
                        text(out, headers.value(i));
                    }
                });
    }

    static ByteBuffer gone(String key) {
        return frame(GONE, out -> text(out, key));
    }

    /** The next record, or null at the end or at the first damaged one. */
    static @Nullable Logged read(DataInputStream in) throws IOException {
        try {
            int length = in.readInt();
            int crc = in.readInt();
            if (length <= 0 || length > MOST_BYTES) {
                return null;
            }
            byte[] payload = in.readNBytes(length);
            CRC32C sum = new CRC32C();
            sum.update(payload, 0, payload.length);
            if (payload.length < length || (int) sum.getValue() != crc) {
                return null;
            }
            return decode(new DataInputStream(new java.io.ByteArrayInputStream(payload)));
        } catch (EOFException e) {
            return null;
        }
    }

    private static @Nullable Logged decode(DataInputStream in) throws IOException {
        return switch (in.readUnsignedByte()) {
            case CHUNK ->
                    new Logged.ChunkAt(
                            in.readLong(), in.readInt(), in.readLong(), in.readInt(), in.readInt());
            case ENTRY -> decodeEntry(in);
            case ENTRY_1 -> voided(in);
            case GONE -> new Logged.Gone(text(in));
            default -> null;
        };
    }

    /** What was kept by other rules is fetched again. */
    private static Logged voided(DataInputStream in) throws IOException {
        in.skipNBytes(2 * Long.BYTES);
        return new Logged.Gone(text(in));
    }

    private static Logged decodeEntry(DataInputStream in) throws IOException {
        long body = in.readLong();
        long length = in.readLong();
        String key = text(in);
        long purgeSequence = in.readLong();
        List<String> vary = texts(in);
        List<String> selecting = texts(in);
        int status = in.readInt();
        long responseMillis = in.readLong();
        long initialAge = in.readLong();
        // Older versions wrote a domain's own lifetime here: the fields tell the origin's.
        in.readLong();
        Headers headers = new Headers();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            headers.add(text(in), text(in));
        }
        CacheControl cc = CacheControl.ofResponse(headers);
        long date = HttpDate.seconds(headers.get("date"));
        long made = date == HttpDate.NONE ? responseMillis / 1000 : date;
        Freshness freshness =
                new Freshness(
                        status,
                        responseMillis,
                        initialAge,
                        Storing.lifetimeSeconds(status, headers, cc, made),
                        cc,
                        headers.has("etag") || headers.has("last-modified"));
        return new Logged.EntryOf(
                body, length, key, purgeSequence, vary, selecting, headers, freshness);
    }

    private static void text(DataOutputStream out, String value) throws IOException {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(InputStream in) throws IOException {
        DataInputStream data = (DataInputStream) in;
        int length = data.readInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("a text of " + length + " bytes");
        }
        return new String(data.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static void texts(DataOutputStream out, List<String> values) throws IOException {
        out.writeInt(values.size());
        for (String value : values) {
            text(out, value);
        }
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<String> values = new ArrayList<>(Math.clamp(count, 0, 100));
        for (int i = 0; i < count; i++) {
            values.add(text(in));
        }
        return values;
    }
}
