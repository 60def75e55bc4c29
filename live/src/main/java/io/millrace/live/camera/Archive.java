package io.millrace.live.camera;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts the playlist of a time window together from the index: segments joined to about six seconds.
 */
final class Archive {
    private static final long JOIN_MILLIS = 6_000;
    private static final int MAX_OBJECTS = 1_000;
    private static final int MAX_SEGMENTS = 100_000;

    private final CameraIndex index;

    Archive(CameraIndex index) {
        this.index = index;
    }

    /** Segments that overlap the window, oldest first, joined. */
    List<Segment> window(String device, long fromMillis, long toMillis, Camera camera) {
        List<Segment> found = new ArrayList<>();
        for (CameraObject object : index.latest(device, MAX_OBJECTS)) {
            if (object.startMillis() >= toMillis) {
                continue;
            }
            boolean current =
                    camera.current()
                            .map(c -> c.incarnation() == object.incarnation())
                            .orElse(false);
            List<Segment> all = current ? camera.currentSegments() : index.segments(object);
            List<Segment> inside =
                    all.stream()
                            .filter(s -> s.endMillis() > fromMillis && s.startMillis() < toMillis)
                            .toList();
            found.addAll(0, inside);
            boolean reachesBack = object.startMillis() <= fromMillis;
            if (reachesBack || found.size() > MAX_SEGMENTS) {
                break;
            }
        }
        return join(found);
    }

    static List<Segment> join(List<Segment> segments) {
        List<Segment> out = new ArrayList<>();
        for (Segment next : segments) {
            Segment last = out.isEmpty() ? null : out.getLast();
            boolean newObject = last != null && last.incarnation() != next.incarnation();
            boolean joins =
                    last != null
                            && last.incarnation() == next.incarnation()
                            && !next.discontinuity()
                            && last.offset() + last.lengthBytes() == next.offset()
                            && last.durationTicks() / 90 + next.durationTicks() / 90 <= JOIN_MILLIS;
            if (last != null && joins) {
                out.removeLast();
                out.add(
                        new Segment(
                                last.msn(),
                                last.incarnation(),
                                last.offset(),
                                last.lengthBytes() + next.lengthBytes(),
                                last.durationTicks() + next.durationTicks(),
                                last.startMillis(),
                                last.discontinuity()));
            } else {
                out.add(newObject ? withDiscontinuity(next) : next);
            }
        }
        return out;
    }

    private static Segment withDiscontinuity(Segment s) {
        return new Segment(
                s.msn(),
                s.incarnation(),
                s.offset(),
                s.lengthBytes(),
                s.durationTicks(),
                s.startMillis(),
                true);
    }
}
