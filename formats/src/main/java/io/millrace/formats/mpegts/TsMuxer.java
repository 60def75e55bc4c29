package io.millrace.formats.mpegts;

import java.util.Arrays;

/**
 * Writes one program of H.264 and AAC as a transport stream (ISO/IEC 13818-1).
 *
 * <p>Continuity counters go on over the life of the muxer, so that segments join without a break;
 * {@link #tables} begins each segment. PCR rides on every video access unit (or on audio when there
 * is no video), {@link #PCR_LEAD} ticks before its DTS. Not thread-safe.
 */
public final class TsMuxer {
    /** The bytes of one transport packet. */
    public static final int PACKET = 188;

    /** Ticks of PTS and DTS in a second. */
    public static final int TICKS = 90_000;

    /** By how many ticks the clock runs before the DTS: half a second. */
    public static final int PCR_LEAD = TICKS / 2;

    private static final int PMT_PID = 0x1000;
    private static final int VIDEO_PID = 0x100;
    private static final int AUDIO_PID = 0x101;
    private static final int STUFFING = 0xff;

    private final boolean video;
    private final byte[] patSection;
    private final byte[] pmtSection;
    private final byte[] pesHeader = new byte[19];
    private int patCounter;
    private int pmtCounter;
    private int videoCounter;
    private int audioCounter;

    /** A muxer for video, audio or both; at least one. */
    public TsMuxer(boolean video, boolean audio) {
        if (!video && !audio) {
            throw new IllegalArgumentException("a program needs video or audio");
        }
        this.video = video;
        this.patSection = pat();
        this.pmtSection = pmt(video, audio);
    }

    /** Writes PAT and PMT: two packets. */
    public void tables(TsBuffer out) {
        section(out, 0, patSection, patCounter++);
        section(out, PMT_PID, pmtSection, pmtCounter++);
    }

    /** Writes an access unit in Annex-B form; times in ticks, wrapped to 33 bits here. */
    public void video(TsBuffer out, byte[] annexB, int length, long pts, long dts, boolean idr) {
        int header = pesHeader(0xe0, 0, pts, dts);
        videoCounter =
                packets(out, VIDEO_PID, videoCounter, header, annexB, length, idr, dts - PCR_LEAD);
    }

    /** Writes ADTS frames that follow each other; the PTS is the first one's. */
    public void audio(TsBuffer out, byte[] adts, int length, long pts) {
        int header = pesHeader(0xc0, length, pts, pts);
        long pcr = video ? -1 : pts - PCR_LEAD;
        audioCounter = packets(out, AUDIO_PID, audioCounter, header, adts, length, !video, pcr);
    }

    private int pesHeader(int streamId, int payloadBytes, long pts, long dts) {
        boolean both = dts != pts;
        int optional = both ? 10 : 5;
        int packetLength = payloadBytes == 0 ? 0 : payloadBytes + 3 + optional;
        byte[] h = pesHeader;
        h[0] = 0;
        h[1] = 0;
        h[2] = 1;
        h[3] = (byte) streamId;
        int stated = packetLength > 0xffff ? 0 : packetLength;
        h[4] = (byte) (stated >> 8);
        h[5] = (byte) stated;
        h[6] = (byte) 0x84; // '10', data_alignment_indicator
        h[7] = (byte) (both ? 0xc0 : 0x80);
        h[8] = (byte) optional;
        time(h, 9, both ? 3 : 2, pts);
        if (both) {
            time(h, 14, 1, dts);
        }
        return 9 + optional;
    }

    private static void time(byte[] h, int at, int mark, long ticks) {
        h[at] = (byte) (mark << 4 | (int) (ticks >> 29) & 0x0e | 1);
        h[at + 1] = (byte) (ticks >> 22);
        h[at + 2] = (byte) ((int) (ticks >> 14) & 0xfe | 1);
        h[at + 3] = (byte) (ticks >> 7);
        h[at + 4] = (byte) ((int) (ticks << 1) & 0xfe | 1);
    }

    /** Cuts header and data into packets; the last is filled by its adaptation field. */
    private int packets(
            TsBuffer out,
            int pid,
            int counter,
            int header,
            byte[] data,
            int length,
            boolean randomAccess,
            long pcr) {
        int headerAt = 0;
        int dataAt = 0;
        int count = counter;
        boolean first = true;
        while (first || headerAt < header || dataAt < length) {
            int at = out.packet();
            byte[] b = out.bytes();
            int left = header - headerAt + length - dataAt;
            int adaptation = first ? (pcr >= 0 ? 8 : randomAccess ? 2 : 0) : 0;
            int room = PACKET - 4 - adaptation;
            if (left < room) {
                // A field of one byte is a length of zero.
                adaptation += room - left;
                room = left;
            }
            b[at] = 0x47;
            b[at + 1] = (byte) ((first ? 0x40 : 0) | pid >> 8);
            b[at + 2] = (byte) pid;
            b[at + 3] = (byte) ((adaptation > 0 ? 0x30 : 0x10) | count & 15);
            count++;
            if (adaptation > 0) {
                adaptation(b, at + 4, adaptation, first && randomAccess, first ? pcr : -1);
            }
            int to = at + 4 + adaptation;
            int part = Math.min(room, header - headerAt);
            System.arraycopy(pesHeader, headerAt, b, to, part);
            headerAt += part;
            System.arraycopy(data, dataAt, b, to + part, room - part);
            dataAt += room - part;
            first = false;
        }
        return count;
    }

    private static void adaptation(byte[] b, int at, int size, boolean randomAccess, long pcr) {
        b[at] = (byte) (size - 1);
        if (size == 1) {
            return;
        }
        b[at + 1] = (byte) ((randomAccess ? 0x40 : 0) | (pcr >= 0 ? 0x10 : 0));
        int next = at + 2;
        if (pcr >= 0) {
            b[next] = (byte) (pcr >> 25);
            b[next + 1] = (byte) (pcr >> 17);
            b[next + 2] = (byte) (pcr >> 9);
            b[next + 3] = (byte) (pcr >> 1);
            b[next + 4] = (byte) ((int) (pcr & 1) << 7 | 0x7e);
            b[next + 5] = 0;
            next += 6;
        }
        Arrays.fill(b, next, at + size, (byte) STUFFING);
    }

    private static void section(TsBuffer out, int pid, byte[] section, int counter) {
        int at = out.packet();
        byte[] b = out.bytes();
        b[at] = 0x47;
        b[at + 1] = (byte) (0x40 | pid >> 8);
        b[at + 2] = (byte) pid;
        b[at + 3] = (byte) (0x10 | counter & 15);
        b[at + 4] = 0; // pointer_field
        System.arraycopy(section, 0, b, at + 5, section.length);
        Arrays.fill(b, at + 5 + section.length, at + PACKET, (byte) STUFFING);
    }

    private static byte[] pat() {
        return sealed(0x00, 1, new byte[] {0, 1, (byte) (0xe0 | PMT_PID >> 8), (byte) PMT_PID});
    }

    private static byte[] pmt(boolean video, boolean audio) {
        byte[] body = new byte[4 + (video ? 5 : 0) + (audio ? 5 : 0)];
        int clock = video ? VIDEO_PID : AUDIO_PID;
        body[0] = (byte) (0xe0 | clock >> 8);
        body[1] = (byte) clock;
        body[2] = (byte) 0xf0;
        int at = 4;
        if (video) {
            at = stream(body, at, TsProgram.H264, VIDEO_PID);
        }
        if (audio) {
            stream(body, at, TsProgram.AAC_ADTS, AUDIO_PID);
        }
        return sealed(0x02, 1, body);
    }

    private static int stream(byte[] body, int at, int type, int pid) {
        body[at] = (byte) type;
        body[at + 1] = (byte) (0xe0 | pid >> 8);
        body[at + 2] = (byte) pid;
        body[at + 3] = (byte) 0xf0;
        return at + 5;
    }

    /** A section of version 0 with its CRC; {@code id} is the stream's or the program's. */
    private static byte[] sealed(int tableId, int id, byte[] body) {
        int length = 5 + body.length + 4;
        byte[] s = new byte[3 + length];
        s[0] = (byte) tableId;
        s[1] = (byte) (0xb0 | length >> 8);
        s[2] = (byte) length;
        s[3] = (byte) (id >> 8);
        s[4] = (byte) id;
        s[5] = (byte) 0xc1;
        System.arraycopy(body, 0, s, 8, body.length);
        int crc = Crc32Mpeg.of(s, 0, s.length - 4);
        s[s.length - 4] = (byte) (crc >> 24);
        s[s.length - 3] = (byte) (crc >> 16);
        s[s.length - 2] = (byte) (crc >> 8);
        s[s.length - 1] = (byte) crc;
        return s;
    }
}
