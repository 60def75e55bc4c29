package io.millrace.formats.mpegts;

import io.millrace.formats.FormatException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a transport stream as it grows: programs, keyframes, codec parameters, damage.
 *
 * <p>Bytes come in any pieces ({@link #feed}). Memory is bounded (a few packets and 4 KiB of an
 * access unit). Never throws for what the bytes say; damage is told to the listener, and scanning
 * goes on at the next packet. A keyframe is an access unit whose packet has
 * random_access_indicator, or that holds an IDR slice (H.264) or an IRAP picture (H.265). Not
 * thread-safe.
 */
public final class TsScanner extends TsFramer {
    private static final int AUDIO_POINT_TICKS = TsMuxer.TICKS;
    private static final long MASK = (1L << 33) - 1;

    private final TsListener listener;
    private final EsProbe probe = new EsProbe();
    private final byte[] pat = new byte[TsMuxer.PACKET];
    private final byte[] pmt = new byte[TsMuxer.PACKET];
    private final int[] counters = {-1, -1};
    private int pmtPid = -1;
    private @Nullable TsProgram program;
    private TsCodec codec = TsCodec.UNKNOWN;
    private long tablesAt = -1;
    private boolean pmtInRow;
    private @Nullable Candidate candidate;
    private long lastAudioPoint = -1;
    private long lastPts = -1;
    private long lastDts = -1;
    private long packets;

    /** A video access unit that may turn out to be a keyframe. */
    private record Candidate(
            long offset, long entry, boolean tables, long pts, long dts, boolean told) {}

    /** Scans from the beginning of a stream. */
    public TsScanner(TsListener listener) {
        this(0, null, listener);
    }

    /**
     * Scans from the middle.
     *
     * @param offset where in the stream the first byte fed stands
     * @param known the program as an earlier scan found it, or null
     */
    public TsScanner(long offset, @Nullable TsProgram known, TsListener listener) {
        super(offset);
        this.listener = listener;
        if (known != null) {
            program = known;
            pmtPid = known.pmtPid();
            System.arraycopy(known.tables(), 0, pat, 0, TsMuxer.PACKET);
            System.arraycopy(known.tables(), TsMuxer.PACKET, pmt, 0, TsMuxer.PACKET);
        }
    }

    /** The last PTS of video (of audio when there is no video), -1 before the first. */
    public long lastPts() {
        return lastPts;
    }

    /** The last DTS likewise. */
    public long lastDts() {
        return lastDts;
    }

    /** Packets seen so far. */
    public long packets() {
        return packets;
    }

    public @Nullable TsProgram program() {
        return program;
    }

    public TsCodec codec() {
        return codec;
    }

    @Override
    void skipped(long offset, long count) {
        candidate = null;
        Arrays.fill(counters, -1);
        listener.damage(offset, TsListener.Damage.RESYNC, count);
    }

    @Override
    void packet(byte[] b, int at, long offset) {
        packets++;
        int pid = (b[at + 1] & 0x1f) << 8 | (b[at + 2] & 0xff);
        boolean start = (b[at + 1] & 0x40) != 0;
        boolean error = (b[at + 1] & 0x80) != 0;
        int control = (b[at + 3] >> 4) & 3;
        int payload = payload(b, at, control);
        if (error || payload < 0) {
            listener.damage(offset, TsListener.Damage.MALFORMED, 1);
            return;
        }
        if (pid == 0) {
            tables(b, at, payload, start, offset);
        } else if (pid == pmtPid) {
            programMap(b, at, payload, start, offset);
        } else if (program != null && pid == program.videoPid()) {
            count(0, b[at + 3] & 15, control, offset);
            video(program, b, at, payload, start, offset);
        } else if (program != null && pid == program.audioPid()) {
            count(1, b[at + 3] & 15, control, offset);
            audio(program, b, at, payload, start, offset);
        }
        if (pid != 0 && pid != pmtPid && pid != 0x11 && pid != 0x1fff) {
            tablesAt = -1;
            pmtInRow = false;
        }
    }

    /** Where the payload begins relative to the packet; 188 when it has none, -1 when damaged. */
    private static int payload(byte[] b, int at, int control) {
        int begin = 4;
        if ((control & 2) != 0) {
            begin = 5 + (b[at + 4] & 0xff);
            if (begin > TsMuxer.PACKET) {
                return -1;
            }
        }
        return (control & 1) != 0 ? begin : TsMuxer.PACKET;
    }

    private void count(int stream, int counter, int control, long offset) {
        int last = counters[stream];
        counters[stream] = counter;
        if (last < 0 || (control & 1) == 0 || counter == last) {
            return;
        }
        int missing = (counter - last - 1) & 15;
        if (missing != 0) {
            listener.damage(offset, TsListener.Damage.CONTINUITY, missing);
            if (stream == 0) {
                candidate = null;
            }
        }
    }

    private void tables(byte[] b, int at, int payload, boolean start, long offset) {
        int section = section(b, at, payload, start, 0x00, 12);
        if (section < 0) {
            return;
        }
        System.arraycopy(b, at, pat, 0, TsMuxer.PACKET);
        tablesAt = offset;
        pmtInRow = false;
        int end = section + 3 + sectionLength(b, section) - 4;
        for (int p = section + 8; p + 4 <= end; p += 4) {
            int number = (b[p] & 0xff) << 8 | (b[p + 1] & 0xff);
            if (number != 0) {
                pmtPid = (b[p + 2] & 0x1f) << 8 | (b[p + 3] & 0xff);
                return;
            }
        }
    }

    private void programMap(byte[] b, int at, int payload, boolean start, long offset) {
        int section = section(b, at, payload, start, 0x02, 16);
        if (section < 0) {
            return;
        }
        System.arraycopy(b, at, pmt, 0, TsMuxer.PACKET);
        pmtInRow = tablesAt >= 0;
        TsProgram found = streams(b, section, offset);
        if (found != null && (program == null || !program.sameStreams(found))) {
            program = found;
            candidate = null;
            codec = TsCodec.UNKNOWN;
            Arrays.fill(counters, -1);
            listener.program(found);
        }
    }

    private @Nullable TsProgram streams(byte[] b, int section, long offset) {
        int end = section + 3 + sectionLength(b, section) - 4;
        int pcrPid = (b[section + 8] & 0x1f) << 8 | (b[section + 9] & 0xff);
        int p = section + 12 + ((b[section + 10] & 0x0f) << 8 | (b[section + 11] & 0xff));
        int[] video = {-1, 0};
        int[] audio = {-1, 0};
        for (; p + 5 <= end; p += 5 + ((b[p + 3] & 0x0f) << 8 | (b[p + 4] & 0xff))) {
            int type = b[p] & 0xff;
            int[] into =
                    switch (type) {
                        case TsProgram.H264, TsProgram.H265, 0x01, 0x02, 0x10 -> video;
                        case TsProgram.AAC_ADTS, 0x03, 0x04, 0x11, 0x81 -> audio;
                        default -> null;
                    };
            if (into != null && into[0] < 0) {
                into[0] = (b[p + 1] & 0x1f) << 8 | (b[p + 2] & 0xff);
                into[1] = type;
            }
        }
        if (video[0] < 0 && audio[0] < 0) {
            listener.damage(offset, TsListener.Damage.MALFORMED, 1);
            return null;
        }
        byte[] both = Arrays.copyOf(pat, 2 * TsMuxer.PACKET);
        System.arraycopy(pmt, 0, both, TsMuxer.PACKET, TsMuxer.PACKET);
        return new TsProgram(pmtPid, pcrPid, video[0], video[1], audio[0], audio[1], both);
    }

    /** Where a section that fits its packet begins, or -1; the CRC must hold. */
    private static int section(byte[] b, int at, int payload, boolean start, int table, int least) {
        int end = at + TsMuxer.PACKET;
        if (!start || payload >= TsMuxer.PACKET) {
            return -1;
        }
        int begin = at + payload + 1 + (b[at + payload] & 0xff);
        if (begin + least > end || (b[begin] & 0xff) != table) {
            return -1;
        }
        int length = sectionLength(b, begin);
        if (length + 3 < least || begin + 3 + length > end) {
            return -1;
        }
        return Crc32Mpeg.of(b, begin, length + 3) == 0 ? begin : -1;
    }

    private static int sectionLength(byte[] b, int section) {
        return (b[section + 1] & 0x0f) << 8 | (b[section + 2] & 0xff);
    }

    private void video(TsProgram p, byte[] b, int at, int payload, boolean start, long offset) {
        int from = at + payload;
        if (start) {
            candidate = null;
            int body = pes(b, from, at + TsMuxer.PACKET);
            if (body < 0) {
                listener.damage(offset, TsListener.Damage.MALFORMED, 1);
                return;
            }
            lastPts = pesPts;
            lastDts = pesDts;
            boolean tables = tablesAt >= 0 && pmtInRow;
            boolean random = (b[at + 3] & 0x20) != 0 && b[at + 4] > 0 && (b[at + 5] & 0x40) != 0;
            long entry = tables ? tablesAt : offset;
            if (random) {
                listener.keyframe(new TsKeyframe(offset, entry, tables, pesPts, pesDts));
            }
            candidate = new Candidate(offset, entry, tables, pesPts, pesDts, random);
            probe.begin(p.videoType());
            from = body;
        }
        Candidate open = candidate;
        if (open != null) {
            probe(open, b, from, at + TsMuxer.PACKET);
        }
    }

    private void probe(Candidate open, byte[] b, int from, int end) {
        switch (probe.feed(b, from, end - from)) {
            case MORE -> {}
            case OTHER -> candidate = null;
            case KEYFRAME -> {
                candidate = null;
                if (!open.told()) {
                    listener.keyframe(
                            new TsKeyframe(
                                    open.offset(),
                                    open.entry(),
                                    open.tables(),
                                    open.pts(),
                                    open.dts()));
                }
            }
        }
        if (candidate == null) {
            videoCodec(probe.codec(codec));
        }
    }

    private void videoCodec(TsCodec found) {
        if (!found.equals(codec)) {
            codec = found;
            listener.codec(found);
        }
    }

    private void audio(TsProgram p, byte[] b, int at, int payload, boolean start, long offset) {
        if (!start) {
            return;
        }
        int end = at + TsMuxer.PACKET;
        int body = pes(b, at + payload, end);
        if (body < 0) {
            listener.damage(offset, TsListener.Damage.MALFORMED, 1);
            return;
        }
        if (p.audioType() == TsProgram.AAC_ADTS && end - body >= 7) {
            try {
                videoCodec(EsProbe.withAudio(codec, b, body, end - body));
            } catch (FormatException e) {
                listener.damage(offset, TsListener.Damage.MALFORMED, 1);
            }
        }
        if (!p.hasVideo()) {
            lastPts = pesPts;
            lastDts = pesDts;
            long passed = (pesPts - lastAudioPoint) & MASK;
            if (pesPts >= 0 && (lastAudioPoint < 0 || passed >= AUDIO_POINT_TICKS)) {
                lastAudioPoint = pesPts;
                boolean tables = tablesAt >= 0 && pmtInRow;
                long entry = tables ? tablesAt : offset;
                listener.keyframe(new TsKeyframe(offset, entry, tables, pesPts, pesPts));
            }
        }
    }

    private long pesPts;
    private long pesDts;

    /** Reads a PES header: its times into the fields; where the body begins, or -1. */
    private int pes(byte[] b, int at, int end) {
        pesPts = -1;
        pesDts = -1;
        if (end - at < 9 || b[at] != 0 || b[at + 1] != 0 || b[at + 2] != 1) {
            return -1;
        }
        int flags = b[at + 7] & 0xc0;
        int header = b[at + 8] & 0xff;
        int body = Math.min(end, at + 9 + header);
        if ((flags & 0x80) != 0 && header >= 5 && end - at >= 14) {
            pesPts = time(b, at + 9);
            pesDts = pesPts;
        }
        if (flags == 0xc0 && header >= 10 && end - at >= 19) {
            pesDts = time(b, at + 14);
        }
        return body;
    }

    private static long time(byte[] b, int at) {
        return (b[at] & 0x0eL) << 29
                | (b[at + 1] & 0xffL) << 22
                | (b[at + 2] & 0xfeL) << 14
                | (b[at + 3] & 0xffL) << 7
                | (b[at + 4] & 0xfeL) >> 1;
    }
}
