package io.millrace.console;

import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.log.ChangeKind;
import io.millrace.store.log.ChangeLog;
import io.millrace.work.Stamped;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells edges by long poll which objects were overwritten, changed or deleted, out of the store's
 * change log: nothing is written for it, every node can answer, and an edge that was away for
 * longer than the log reaches is told so.
 */
final class ChangesApi {
    private static final int LONGEST_WAIT_SECONDS = 30;
    private static final int MOST_PATHS = 1000;
    private static final int PAGE = 500;
    private static final Duration LOOK = Duration.ofMillis(500);

    /** One look for what a burst of changes left, instead of one for each. */
    private static final Duration GATHER = Duration.ofMillis(20);

    private final Gate gate;
    private final Store store;
    private final MonotonicClock clock;
    private volatile boolean closing;

    ChangesApi(Gate gate, Store store, MonotonicClock clock) {
        this.gate = gate;
        this.store = store;
        this.clock = clock;
    }

    void register(Router router) {
        router.add("GET", "/api/edge/changes", Router.Who.SERVICE, this::changes);
    }

    /**
     * @param cursor where the log was read to; it goes into the next request's {@code after}
     * @param lost whether more may have changed than is told: everything kept is in doubt
     * @param paths origin paths of objects, percent-encoded
     */
    private record Told(Cursor cursor, boolean lost, Set<String> paths) {
        Map<String, Object> json() {
            return Map.of("cursor", cursor.toString(), "lost", lost, "paths", paths);
        }
    }

    /** The stamp read last, of each shard. */
    private record Cursor(List<Long> stamps) {
        static Optional<Cursor> parse(String text) {
            if (!text.matches("\\d{1,19}(\\.\\d{1,19})*")) {
                return Optional.empty();
            }
            try {
                List<Long> stamps = new ArrayList<>();
                for (String stamp : text.split("\\.")) {
                    stamps.add(Long.parseLong(stamp));
                }
                return stamps.size() == ChangeLog.SHARDS
                        ? Optional.of(new Cursor(List.copyOf(stamps)))
                        : Optional.empty();
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }

        @Override
        public String toString() {
            return stamps.stream().map(String::valueOf).collect(Collectors.joining("."));
        }
    }

    private void changes(Call call) throws InterruptedException {
        gate.require(call, "edge:Settings", "*");
        String after = call.parameter("after", "");
        int wait = call.number("wait", 0, 0, LONGEST_WAIT_SECONDS);
        Optional<Cursor> from = Cursor.parse(after);
        if (from.isEmpty() && !after.isEmpty()) {
            throw ApiError.invalid(
                    "after is no cursor of these changes.", "Send the last cursor, or none.");
        }
        call.json((from.isEmpty() ? lost() : told(from.get(), wait)).json());
    }

    private Told told(Cursor from, int waitSeconds) throws InterruptedException {
        ChangeLog log = store.changes();
        Deadline end = clock.deadline(Duration.ofSeconds(waitSeconds));
        if (isCut(log, from)) {
            return lost();
        }
        Cursor at = from;
        while (true) {
            long seen = log.version();
            Told told = read(at);
            if (told.lost || !told.paths.isEmpty() || closing || end.hasPassed()) {
                return told;
            }
            boolean more = !told.cursor.equals(at);
            at = told.cursor;
            Duration left = end.left();
            if (more || log.await(seen, left.compareTo(LOOK) < 0 ? left : LOOK)) {
                Thread.sleep(GATHER);
            }
        }
    }

    /**
     * Whether records after the cursor are gone, or it is not of this log. Asked once a poll: no
     * poll lasts nearly as long as records are kept.
     */
    private static boolean isCut(ChangeLog log, Cursor from) {
        for (int shard = 0; shard < ChangeLog.SHARDS; shard++) {
            long after = from.stamps.get(shard);
            if (log.trimmed(shard) > after || log.head(shard) < after) {
                return true;
            }
        }
        return false;
    }

    private Told lost() {
        ChangeLog log = store.changes();
        List<Long> heads = new ArrayList<>();
        for (int shard = 0; shard < ChangeLog.SHARDS; shard++) {
            heads.add(log.head(shard));
        }
        return new Told(new Cursor(heads), true, Set.of());
    }

    private Told read(Cursor from) {
        ChangeLog log = store.changes();
        List<Long> stamps = new ArrayList<>(from.stamps);
        Set<String> paths = new LinkedHashSet<>();
        for (int shard = 0; shard < stamps.size() && paths.size() < MOST_PATHS; shard++) {
            for (Stamped<Change> change : log.read(shard, stamps.get(shard), PAGE)) {
                if (!tell(change.record(), paths)) {
                    return lost();
                }
                stamps.set(shard, change.stamp());
            }
        }
        return new Told(new Cursor(stamps), false, paths);
    }

    /** Adds the object's path if it is another now; false when nobody knows its bucket's name. */
    private boolean tell(Change change, Set<String> paths) {
        boolean another =
                change.kind() == ChangeKind.DELETE
                        || change.kind() == ChangeKind.META
                        || change.kind() == ChangeKind.PUT && change.oldLength() >= 0;
        if (!another) {
            return true;
        }
        Optional<String> bucket =
                store.buckets()
                        .byId(change.bucketId())
                        .map(Bucket::name)
                        .or(() -> store.buckets().deletedName(change.bucketId()));
        bucket.ifPresent(name -> paths.add(path(name, change.key())));
        return bucket.isPresent();
    }

    private static String path(String bucket, String key) {
        StringBuilder out = new StringBuilder("/").append(bucket).append('/');
        for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c == '/' || c == '-' || c == '.' || c == '_' || c == '~' || isAlphanumeric(c)) {
                out.append(c);
            } else {
                out.append('%').append("%02X".formatted((int) c));
            }
        }
        return out.toString();
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    /** Ends the waiting of edges. */
    void close() {
        closing = true;
    }
}
