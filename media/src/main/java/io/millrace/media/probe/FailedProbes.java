package io.millrace.media.probe;

import io.millrace.media.FailedProbe;
import io.millrace.media.ObjectName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest probes that this node set aside, for a day, until the object is probed well or goes.
 * In memory: the rows keep each of them with its object. Thread-safe.
 */
final class FailedProbes {
    private static final int MOST = 100;
    private static final Duration SHOWN = Duration.ofDays(1);

    private record Place(long bucketId, String key) {}

    private final InstantSource clock;
    private final Map<Place, FailedProbe> failed = new LinkedHashMap<>();

    FailedProbes(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void failed(long bucketId, ObjectName object, String reason) {
        Place place = new Place(bucketId, object.key());
        failed.remove(place);
        failed.put(place, new FailedProbe(object, reason, clock.instant()));
        if (failed.size() > MOST) {
            failed.remove(failed.keySet().iterator().next());
        }
    }

    synchronized void well(long bucketId, String key) {
        failed.remove(new Place(bucketId, key));
    }

    /** The newest first. */
    synchronized List<FailedProbe> list() {
        Instant from = clock.instant().minus(SHOWN);
        List<FailedProbe> fresh =
                new ArrayList<>(
                        failed.values().stream().filter(f -> f.at().isAfter(from)).toList());
        return fresh.reversed();
    }
}
