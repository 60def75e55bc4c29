package io.millrace.formats.flv;

import io.millrace.formats.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads an FLV file tag by tag (Adobe FLV 10.1, E.2 to E.4). One tag at most 16 MiB. */
public final class FlvFile {
    private final InputStream in;

    /** One tag: type 8 audio, 9 video, 18 script; 32-bit milliseconds. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Tag(int type, long timestamp, byte[] body) {}

    /** Reads the file's header. */
    public FlvFile(InputStream in) throws IOException {
        this.in = in;
        byte[] head = in.readNBytes(13);
        if (head.length < 13 || head[0] != 'F' || head[1] != 'L' || head[2] != 'V') {
            throw FormatException.malformed("no FLV file");
        }
    }

    /** The next tag, null at the end. */
    public @Nullable Tag read() throws IOException {
        byte[] head = in.readNBytes(11);
        if (head.length == 0) {
            return null;
        }
        if (head.length < 11) {
            throw new EOFException("the FLV file ends inside a tag's header");
        }
        int length = (head[1] & 0xff) << 16 | (head[2] & 0xff) << 8 | (head[3] & 0xff);
        long timestamp =
                (head[7] & 0xffL) << 24
                        | (head[4] & 0xff) << 16
                        | (head[5] & 0xff) << 8
                        | (head[6] & 0xff);
        byte[] body = in.readNBytes(length);
        if (body.length < length || in.readNBytes(4).length < 4) {
            throw new EOFException("the FLV file ends inside a tag");
        }
        return new Tag(head[0] & 0x1f, timestamp, body);
    }
}
