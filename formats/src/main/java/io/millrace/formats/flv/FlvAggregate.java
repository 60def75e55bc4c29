package io.millrace.formats.flv;

import io.millrace.formats.FormatException;
import io.millrace.formats.rtmp.RtmpMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Splits RTMP aggregate messages (RTMP 1.0, section 7.1.6) into tags. */
public final class FlvAggregate {
    private FlvAggregate() {}

    /** One tag of an aggregate; its time is moved to the aggregate's. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Part(int type, long timestamp, byte[] body) {}

    public static List<Part> split(RtmpMessage message) {
        byte[] p = message.payload();
        List<Part> parts = new ArrayList<>();
        long first = -1;
        int at = 0;
        while (at + 11 <= p.length) {
            int length = (p[at + 1] & 0xff) << 16 | (p[at + 2] & 0xff) << 8 | (p[at + 3] & 0xff);
            long time =
                    (p[at + 7] & 0xffL) << 24
                            | (p[at + 4] & 0xff) << 16
                            | (p[at + 5] & 0xff) << 8
                            | (p[at + 6] & 0xff);
            if (length > p.length - at - 11) {
                throw FormatException.truncated("RTMP aggregate message");
            }
            first = first < 0 ? time : first;
            long timestamp = (message.timestamp() + time - first) & 0xffffffffL;
            parts.add(
                    new Part(
                            p[at] & 0x1f,
                            timestamp,
                            Arrays.copyOfRange(p, at + 11, at + 11 + length)));
            at += 11 + length + 4;
        }
        return parts;
    }
}
