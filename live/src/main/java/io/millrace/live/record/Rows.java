package io.millrace.live.record;

import io.millrace.live.LiveException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of the records in the key space; docs/formats/live.md describes them. Each begins with
 * its version; a record of a newer version is refused, never guessed at.
 */
final class Rows {
    private static final int VERSION = 1;

    /** Version 2 has the owner's epoch at its end, version 3 whether it is independent. */
    private static final int SEGMENT_VERSION = 3;

    /** Version 2 has the playlist's target duration at its end. */
    private static final int SESSION_VERSION = 2;

    /** Version 2 says how long recordings are kept; written where they are not kept for ever. */
    private static final int STREAM_VERSION = 2;

    private Rows() {}

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    private interface VersionedReader<T> {
        T read(int version, DataInputStream in) throws IOException;
    }

    static byte[] encode(StreamRow row) {
        return encode(
                row.keepMillis() == 0 ? VERSION : STREAM_VERSION,
                out -> {
                    out.writeUTF(row.bucket());
                    out.writeUTF(row.prefix());
                    out.writeShort(row.sealedKey().length);
                    out.write(row.sealedKey());
                    out.writeLong(row.segmentTargetMillis());
                    out.writeLong(row.createdMillis());
                    if (row.keepMillis() != 0) {
                        out.writeLong(row.keepMillis());
                    }
                });
    }

    static StreamRow stream(String name, byte[] bytes) {
        return decode(
                bytes,
                STREAM_VERSION,
                (version, in) ->
                        new StreamRow(
                                name,
                                in.readUTF(),
                                in.readUTF(),
                                in.readNBytes(in.readUnsignedShort()),
                                in.readLong(),
                                in.readLong(),
                                version < STREAM_VERSION ? 0 : in.readLong()));
    }

    static byte[] encode(Checkpoint c) {
        return encode(
                out -> {
                    out.writeLong(c.reservedMsn());
                    out.writeLong(c.nextMsn());
                    out.writeLong(c.discontinuityNumber());
                });
    }

    static Checkpoint checkpoint(byte[] bytes) {
        return decode(bytes, in -> new Checkpoint(in.readLong(), in.readLong(), in.readLong()));
    }

    static byte[] encode(SegmentRow s) {
        return encode(
                SEGMENT_VERSION,
                out -> {
                    out.writeLong(s.durationMicros());
                    out.writeLong(s.startMillis());
                    out.writeBoolean(s.discontinuity());
                    out.writeLong(s.discontinuityNumber());
                    out.writeInt(s.sizeBytes());
                    out.writeLong(s.epoch());
                    out.writeBoolean(s.independent());
                });
    }

    static SegmentRow segment(long msn, byte[] bytes) {
        return decode(
                bytes,
                SEGMENT_VERSION,
                (version, in) ->
                        new SegmentRow(
                                msn,
                                in.readLong(),
                                in.readLong(),
                                in.readBoolean(),
                                in.readLong(),
                                in.readInt(),
                                version < 2 ? 0 : in.readLong(),
                                version < SEGMENT_VERSION || in.readBoolean()));
    }

    static byte[] encode(SessionRow s) {
        return encode(
                SESSION_VERSION,
                out -> {
                    out.writeUTF(s.bucket());
                    out.writeUTF(s.prefix());
                    out.writeLong(s.startedMillis());
                    out.writeLong(s.endedMillis());
                    out.writeLong(s.firstMsn());
                    out.writeLong(s.lastMsn());
                    out.writeLong(s.segments());
                    out.writeLong(s.durationMicros());
                    out.writeLong(s.longestMicros());
                    out.writeLong(s.bytes());
                    out.writeLong(s.peakBitsPerSecond());
                    MediaDescription m = s.media();
                    text(out, m.videoCodec());
                    out.writeInt(m.width());
                    out.writeInt(m.height());
                    out.writeDouble(m.framesPerSecond());
                    text(out, m.audioCodec());
                    out.writeInt(m.sampleRateHertz());
                    out.writeInt(m.channels());
                    out.writeInt(s.targetSeconds());
                });
    }

    static SessionRow session(String stream, String id, byte[] bytes) {
        return decode(
                bytes,
                SESSION_VERSION,
                (version, in) ->
                        new SessionRow(
                                stream,
                                id,
                                in.readUTF(),
                                in.readUTF(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                in.readLong(),
                                new MediaDescription(
                                        text(in),
                                        in.readInt(),
                                        in.readInt(),
                                        in.readDouble(),
                                        text(in),
                                        in.readInt(),
                                        in.readInt()),
                                version < SESSION_VERSION ? 0 : in.readInt()));
    }

    private static void text(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeUTF(text == null ? "" : text);
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        String text = in.readUTF();
        return text.isEmpty() ? null : text;
    }

    private static byte[] encode(Writer writer) {
        return encode(VERSION, writer);
    }

    private static byte[] encode(int version, Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(version);
            writer.write(out);
        } catch (IOException e) {
            throw new LiveException(LiveException.Code.FORMAT, "a record can't be written", e);
        }
        return bytes.toByteArray();
    }

    private static <T> T decode(byte[] bytes, Reader<T> reader) {
        return decode(bytes, VERSION, (version, in) -> reader.read(in));
    }

    private static <T> T decode(byte[] bytes, int newest, VersionedReader<T> reader) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readUnsignedByte();
            if (version < 1 || version > newest) {
                throw new LiveException(
                        LiveException.Code.FORMAT,
                        "a live record has version " + version + ", this program reads " + newest,
                        null);
            }
            return reader.read(version, in);
        } catch (IOException e) {
            throw new LiveException(LiveException.Code.FORMAT, "a live record is damaged", e);
        }
    }
}
