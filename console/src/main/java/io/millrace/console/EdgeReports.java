package io.millrace.console;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the edges say about themselves, every two seconds: counters for each domain since the edge
 * started. Rates come from successive reports. Kept in memory only: an edge that starts anew counts
 * from zero, and its next report replaces the last. Thread-safe.
 */
final class EdgeReports {
    /** The name under which the default domain is counted here. */
    static final String DEFAULT = "";

    private static final int MOST_EDGES = 1000;

    /** Two reports that are missing, and what a pause of either side takes. */
    private static final Duration SILENT = Duration.ofMillis(4_500);

    private static final Duration FORGOTTEN = Duration.ofHours(1);

    private final InstantSource clock;
    private final Map<String, EdgeState> edges = new ConcurrentHashMap<>();

    EdgeReports(InstantSource clock) {
        this.clock = clock;
    }

    /** One domain's line of a report. */
    record Line(
            @Nullable String host,
            long requests,
            long hits,
            long misses,
            long revalidated,
            long bytes,
            long originRequests) {}

    /**
     * A report as an edge sends it.
     *
     * @param tls whether it listens for TLS; edges before 0.1 don't say
     */
    record Report(
            @Nullable String edge,
            @Nullable List<Line> domains,
            @Nullable Double windowSeconds,
            boolean tls) {}

    /**
     * An edge and when it was last heard.
     *
     * @param alive false when its reports have stopped
     */
    record EdgeSeen(String id, Instant lastReport, boolean tls, boolean alive) {}

    /** A domain's counters over all edges, with rates of the last report. */
    record Stats(
            long requests,
            long hits,
            long misses,
            long revalidated,
            long bytes,
            long originRequests,
            double requestsPerSecond,
            double bytesPerSecond,
            @Nullable Double hitRatio) {}

    private record EdgeState(
            Instant at,
            Map<String, Line> now,
            Map<String, Line> before,
            double seconds,
            boolean tls) {}

    boolean take(Report report) {
        String id = report.edge();
        List<Line> lines = report.domains();
        if (id == null || id.isEmpty() || id.length() > 128 || lines == null) {
            return false;
        }
        if (!edges.containsKey(id) && edges.size() >= MOST_EDGES) {
            forget();
        }
        Map<String, Line> now = new ConcurrentHashMap<>();
        for (Line line : lines) {
            String host = line.host() == null || line.host().equals("*") ? DEFAULT : line.host();
            now.put(host, line);
        }
        Instant at = clock.instant();
        edges.compute(
                id,
                (k, old) -> {
                    double seconds =
                            old == null ? 0 : Duration.between(old.at(), at).toMillis() / 1000.0;
                    return new EdgeState(
                            at, now, old == null ? now : old.now(), seconds, report.tls());
                });
        return true;
    }

    private void forget() {
        Instant limit = clock.instant().minus(FORGOTTEN);
        edges.values().removeIf(e -> e.at().isBefore(limit));
    }

    List<EdgeSeen> seen() {
        Instant now = clock.instant();
        Instant limit = now.minus(FORGOTTEN);
        Instant silent = now.minus(SILENT);
        return edges.entrySet().stream()
                .filter(e -> e.getValue().at().isAfter(limit))
                .map(
                        e ->
                                new EdgeSeen(
                                        e.getKey(),
                                        e.getValue().at(),
                                        e.getValue().tls(),
                                        e.getValue().at().isAfter(silent)))
                .sorted(Comparator.comparing(EdgeSeen::id))
                .toList();
    }

    int alive() {
        return (int) seen().stream().filter(EdgeSeen::alive).count();
    }

    /** Whether an edge that is alive listens for TLS. */
    boolean listensForTls() {
        return seen().stream().anyMatch(e -> e.alive() && e.tls());
    }

    /** One domain over all edges. */
    Stats of(String host) {
        List<Line> total = new ArrayList<>();
        double rate = 0;
        double bytesRate = 0;
        Instant limit = clock.instant().minus(SILENT);
        for (EdgeState edge : edges.values()) {
            Line now = edge.now().get(host);
            if (now == null) {
                continue;
            }
            total.add(now);
            Line before = edge.before().get(host);
            if (before != null && edge.seconds() > 0 && edge.at().isAfter(limit)) {
                rate += Math.max(0, now.requests() - before.requests()) / edge.seconds();
                bytesRate += Math.max(0, now.bytes() - before.bytes()) / edge.seconds();
            }
        }
        return sum(total, rate, bytesRate);
    }

    private static Stats sum(List<Line> lines, double rate, double bytesRate) {
        long requests = 0;
        long hits = 0;
        long misses = 0;
        long revalidated = 0;
        long bytes = 0;
        long origin = 0;
        for (Line line : lines) {
            requests += line.requests();
            hits += line.hits();
            misses += line.misses();
            revalidated += line.revalidated();
            bytes += line.bytes();
            origin += line.originRequests();
        }
        return new Stats(
                requests,
                hits,
                misses,
                revalidated,
                bytes,
                origin,
                rate,
                bytesRate,
                ratio(hits, misses + revalidated));
    }

    /** Rates and hit ratio of the last report window over all domains and edges. */
    Window window() {
        double requests = 0;
        double bytes = 0;
        long hits = 0;
        long others = 0;
        Instant limit = clock.instant().minus(SILENT);
        for (EdgeState edge : edges.values()) {
            if (edge.at().isBefore(limit) || edge.seconds() <= 0) {
                continue;
            }
            for (Map.Entry<String, Line> entry : edge.now().entrySet()) {
                Line now = entry.getValue();
                Line before = edge.before().get(entry.getKey());
                if (before == null || before.requests() > now.requests()) {
                    continue; // a new domain, or an edge that has started again
                }
                requests += (now.requests() - before.requests()) / edge.seconds();
                bytes += (now.bytes() - before.bytes()) / edge.seconds();
                hits += now.hits() - before.hits();
                others += now.misses() - before.misses() + now.revalidated() - before.revalidated();
            }
        }
        return new Window(requests, bytes, ratio(hits, others));
    }

    /** What flows through all edges now. */
    record Window(double requestsPerSecond, double bytesPerSecond, @Nullable Double hitRatio) {}

    private static @Nullable Double ratio(long hits, long others) {
        return hits + others <= 0 ? null : Double.valueOf((double) hits / (hits + others));
    }
}
