package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsCodec;
import io.millrace.formats.mpegts.TsKeyframe;
import io.millrace.formats.mpegts.TsListener;
import io.millrace.formats.mpegts.TsMuxer;
import io.millrace.formats.mpegts.TsProgram;
import io.millrace.formats.mpegts.TsScanner;
import io.millrace.store.objects.ObjectReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one object as it grows and turns it into runs of segments. Begins where its cursor says, so
 * that it can be dropped and begun again at any time. Not thread-safe.
 */
final class ObjectScan {
    private static final int BUFFER_BYTES = 256 << 10;

    /** After each, the line hears the latest timestamp. */
    private static final int PIECE_BYTES = 8 * TsMuxer.PACKET;

    /** Read again when no keyframe was found: one may have begun there. */
    private static final long MARGIN_BYTES = 1 << 20;

    private final TsScanner scanner;
    private final SegmentLine line;
    private final List<SegmentRun> stale;
    private final List<SegmentRun> ended = new ArrayList<>();
    private CameraObject object;
    private @Nullable SegmentRun run;
    private StreamFacts facts = StreamFacts.NONE;
    private Damages damages;
    private final long knownBytes;

    /** The object's row as this scan read or wrote it last. */
    private byte @Nullable [] row;

    private long scanned;
    private long segments;

    /** From here on the scanner's program is in force; before, the cursor's. */
    private long programFrom;

    private ObjectScan(
            CameraObject object,
            byte @Nullable [] row,
            @Nullable SegmentRun run,
            long counted,
            List<SegmentRun> stale) {
        this.row = row;
        ScanCursor cursor = object.cursor();
        MediaClock clock = new MediaClock(object.captureMillis());
        this.object = object;
        this.damages = object.damages();
        this.run = run;
        this.stale = stale;
        this.segments = counted;
        this.scanned = cursor.offset();
        this.programFrom = scanned;
        this.knownBytes = cursor.countedBytes();
        this.scanner = cursor.scanner(new Findings());
        this.line =
                new SegmentLine(
                        object.incarnation(), clock, cursor.startMillis(), cursor.discontinuity());
    }

    /**
     * Takes up where the index says.
     *
     * @param row the object's row there, null for none
     */
    static ObjectScan resume(OwnedIndex index, CameraObject object, byte @Nullable [] row) {
        ScanCursor cursor = object.cursor();
        SegmentRun open = null;
        if (cursor.runOffset() >= 0 && cursor.runOffset() < cursor.offset()) {
            SegmentRun run =
                    index.run(object.device(), object.incarnation(), cursor.runOffset())
                            .orElseThrow();
            open =
                    new SegmentRun(
                            run.segments().stream()
                                    .filter(s -> s.offset() < cursor.offset())
                                    .toList());
        }
        List<SegmentRun> beyond =
                index.runs(object.device(), object.incarnation(), cursor.offset());
        return new ObjectScan(object, row, open, object.segments(), new ArrayList<>(beyond));
    }

    /** How far it has read. */
    long scanned() {
        return scanned;
    }

    /** Segments that have ended. */
    long segments() {
        return segments;
    }

    StreamFacts facts() {
        return facts;
    }

    Damages damages() {
        return damages;
    }

    /** Reads on up to {@code end} of the object. */
    void read(ObjectReader reader, long end) {
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, end - scanned))];
        while (scanned < end) {
            int n = reader.read(scanned, buffer, 0, (int) Math.min(buffer.length, end - scanned));
            if (n <= 0) {
                break;
            }
            TsProgram before = scanner.program();
            for (int at = 0; at < n; at += PIECE_BYTES) {
                scanner.feed(buffer, at, Math.min(PIECE_BYTES, n - at));
                if (scanner.lastPts() >= 0) {
                    line.picture(scanner.lastPts());
                }
            }
            scanned += n;
            if (!Objects.equals(scanner.program(), before)) {
                programFrom = scanned;
            }
        }
    }

    /**
     * What was read until now had arrived by this time.
     *
     * @return the segments that have ended since the last call
     */
    List<CameraSegment> settle(long arrivalMillis) {
        List<CameraSegment> fresh = line.settle(arrivalMillis);
        for (CameraSegment segment : fresh) {
            SegmentRun open = run;
            if (open != null && open.takes(segment)) {
                run = open.with(segment);
            } else {
                if (open != null) {
                    ended.add(open);
                }
                run = new SegmentRun(List.of(segment));
            }
        }
        segments += fresh.size();
        return fresh;
    }

    /** The open group as far as it was read; null before the first keyframe. */
    @Nullable CameraSegment open() {
        return line.openUntil(scanned);
    }

    /**
     * Writes all that was found; the open group counts as far as it was read.
     *
     * @return false when another node has scanned the object meanwhile: begin again from its cursor
     */
    boolean save(OwnedIndex index) {
        List<SegmentRun> runs = new ArrayList<>(ended);
        CameraSegment tail = open();
        SegmentRun last = run;
        if (last != null && tail != null && last.takes(tail)) {
            runs.add(last.with(tail));
        } else {
            if (last != null) {
                runs.add(last);
            }
            if (tail != null) {
                runs.add(new SegmentRun(List.of(tail)));
            }
        }
        object = object.at(cursor(), segments, damages);
        if (!index.save(object, runs, stale, row)) {
            return false;
        }
        row = object.encode();
        ended.clear();
        stale.clear();
        return true;
    }

    private ScanCursor cursor() {
        TsProgram program = scanner.program();
        byte[] tables = program == null ? new byte[0] : program.tables();
        SegmentLine.Group group = line.open();
        SegmentRun open = run;
        if (group == null) {
            long packets = Math.max(0, scanned - MARGIN_BYTES) / TsMuxer.PACKET;
            long again = Math.max(object.cursor().offset(), packets * TsMuxer.PACKET);
            byte[] there = again < programFrom ? object.cursor().tables() : tables;
            return new ScanCursor(again, scanned, MediaClock.NONE, false, -1, there);
        }
        return new ScanCursor(
                group.offset(),
                scanned,
                group.startMillis(),
                group.discontinuity(),
                open == null ? -1 : open.offset(),
                tables);
    }

    /** Hears what the scanner finds. */
    private final class Findings implements TsListener {
        @Override
        public void program(TsProgram program) {
            facts = facts.with(program);
        }

        @Override
        public void keyframe(TsKeyframe keyframe) {
            if (keyframe.pts() >= 0) {
                facts = facts.with(keyframe);
                line.keyframe(keyframe.entryOffset(), keyframe.pts());
            }
        }

        @Override
        public void codec(TsCodec codec) {
            facts = facts.with(codec);
        }

        @Override
        public void damage(long offset, Damage kind, long amount) {
            if (offset >= knownBytes) { // else an earlier scan has counted it
                damages = damages.with(offset, kind, amount);
            }
        }
    }
}
