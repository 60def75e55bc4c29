package io.millrace.live.record;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest segments of all streams in memory, the oldest leaving first when the bytes run out.
 * Thread-safe.
 */
public final class RecentMedia {
    private final long maxBytes;
    private final Map<Name, Segment> segments = new LinkedHashMap<>();
    private long bytes;

    private record Name(String stream, long msn) {}

    public RecentMedia(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    public synchronized void put(Segment segment) {
        Name name = new Name(segment.session().row().stream(), segment.row().msn());
        if (segments.put(name, segment) == null) {
            bytes += segment.bytes().length;
        }
        Iterator<Segment> oldest = segments.values().iterator();
        while (bytes > maxBytes && oldest.hasNext()) {
            bytes -= oldest.next().bytes().length;
            oldest.remove();
        }
    }

    public synchronized @Nullable Segment get(String stream, long msn) {
        return segments.get(new Name(stream, msn));
    }

    /** Forgets one segment. */
    public synchronized void drop(String stream, long msn) {
        Segment gone = segments.remove(new Name(stream, msn));
        if (gone != null) {
            bytes -= gone.bytes().length;
        }
    }

    public synchronized long bytes() {
        return bytes;
    }
}
