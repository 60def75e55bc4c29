package io.millrace.live;

import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.SessionRow;
import io.millrace.store.Store;
import io.millrace.store.objects.ObjectReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A recording's segments one after another: one MPEG-TS file, read from any place. */
final class RecordingBody implements MediaBody {
    private final Store store;
    private final SessionRow session;
    private final long[] numbers;

    /** Where each segment ends. */
    private final long[] ends;

    RecordingBody(Store store, SessionRow session, List<SegmentRow> segments) {
        this.store = store;
        this.session = session;
        this.numbers = segments.stream().mapToLong(SegmentRow::msn).toArray();
        this.ends = segments.stream().mapToLong(SegmentRow::sizeBytes).toArray();
        Arrays.parallelPrefix(ends, Long::sum);
    }

    @Override
    public long lengthBytes() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    @Override
    public InputStream open(long from, long length) {
        Objects.checkFromIndexSize(from, length, lengthBytes());
        return new Segments(from, length);
    }

    /** Opens one segment after the other; one that is gone or short breaks off. */
    private final class Segments extends InputStream {
        private long at;
        private final long end;
        private @Nullable ObjectReader reader;
        private @Nullable InputStream in;
        private long segmentEnd;

        Segments(long from, long length) {
            this.at = from;
            this.end = from + length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (at == end) {
                return -1;
            }
            InputStream segment = segment();
            int most = (int) Math.min(length, Math.min(end, segmentEnd) - at);
            int read = segment.read(bytes, offset, most);
            if (read < 0) {
                throw new IOException("a segment of " + session.id() + " is shorter than noted");
            }
            at += read;
            return read;
        }

        private InputStream segment() throws IOException {
            InputStream open = in;
            if (open != null && at < segmentEnd) {
                return open;
            }
            close();
            int found = Arrays.binarySearch(ends, at + 1);
            int index = found < 0 ? -found - 1 : found;
            long start = index == 0 ? 0 : ends[index - 1];
            long size = ends[index] - start;
            String key = session.segmentKey(numbers[index]);
            ObjectReader next =
                    store.objects()
                            .open(session.bucket(), key)
                            .orElseThrow(() -> new IOException(key + " is gone"));
            reader = next;
            if (next.info().sizeBytes() != size) {
                throw new IOException(key + " is not the segment that was recorded");
            }
            segmentEnd = ends[index];
            InputStream opened = next.range(at - start, size - (at - start));
            in = opened;
            return opened;
        }

        @Override
        public void close() throws IOException {
            try (ObjectReader last = reader;
                    InputStream stream = in) {
                reader = null;
                in = null;
            }
        }
    }
}
