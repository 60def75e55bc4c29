package io.millrace.e2e.nodes;

import io.millrace.e2e.nodes.Ledger.Held;
import io.millrace.e2e.nodes.Ledger.Row;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether all fenced work was done by the holder of its lease: every commit by the very start of
 * the server that the lease named then, every lease handed on with an epoch of its own, a stream's
 * epochs one after the other, no segment number given twice.
 */
final class FenceCheck {
    private static final Map<Kind, String> OF_EACH_STORE =
            Map.of(Kind.PROBE, "follower/media.probes/", Kind.CAMERAS, "follower/cameras/");
    private static final Pattern EXPIRES = Pattern.compile("\"expires\":(\\d+)");

    private final List<Row> rows;
    private final Map<Long, String> launches = new HashMap<>();
    private final List<String> wrong = new ArrayList<>();
    private final List<String> unfenced = new ArrayList<>();
    private final Map<String, Held> followers = new HashMap<>();
    private final Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
    private int handovers;
    private int segments;
    private int streamOwners;

    private FenceCheck(List<Row> rows) {
        this.rows = rows;
    }

    /** Whose work a row is. */
    enum Kind {
        STREAM,
        CAMERAS,
        DELETION,
        OWNER,
        VOLUME,
        CURSOR,
        PROBE,
        SWEPT
    }

    /**
     * What was looked at, and what was wrong with it.
     *
     * @param unfenced what is wrong because its writer did not hold the lease
     */
    record Result(
            Map<Kind, Integer> fencedRows,
            int handovers,
            int segments,
            int streamOwners,
            List<String> unfenced,
            List<String> wrong) {
        Result {
            unfenced = List.copyOf(unfenced);
            wrong = List.copyOf(wrong);
        }

        @Override
        public String toString() {
            return "fenced rows %s, %d times a lease changed hands, %d segments of %d owners"
                    .formatted(fencedRows, handovers, segments, streamOwners);
        }
    }

    static Result of(List<Row> rows) {
        FenceCheck check = new FenceCheck(rows);
        check.sessions();
        check.commits();
        check.leases();
        check.streams();
        check.wrong.addAll(check.unfenced);
        return new Result(
                check.kinds,
                check.handovers,
                check.segments,
                check.streamOwners,
                check.unfenced,
                check.wrong);
    }

    /** Which start of which server an incarnation is: that which wrote its session. */
    private void sessions() {
        for (Row row : rows) {
            if (row.is('W', 's') && !row.deleted()) {
                long incarnation = ByteBuffer.wrap(row.value()).getLong(1);
                String before = launches.putIfAbsent(incarnation, row.launch());
                if (before != null && !before.equals(row.launch())) {
                    wrong.add("session " + incarnation + " of " + before + " and " + row.launch());
                }
            }
        }
    }

    private void commits() {
        for (Row row : rows) {
            if (row.is('W', 'l') && row.name().startsWith("follower/")) {
                followers.put(row.name(), Held.decode(row.value()));
            }
            Kind kind = kind(row);
            if (kind != null) {
                kinds.merge(kind, 1, Integer::sum);
                if (!byTheHolder(kind, row)) {
                    unfenced.add(
                            "row %s of commit %d was written by %s, while the lease was %s of %s"
                                    .formatted(
                                            printed(row.key()),
                                            row.seq(),
                                            row.launch(),
                                            row.lease(),
                                            row.lease() == null
                                                    ? null
                                                    : launches.get(row.lease().incarnation())));
                }
            }
        }
    }

    /** Some rows are written under a lease for each extent store, which they don't name. */
    private boolean byTheHolder(Kind kind, Row row) {
        String leases = OF_EACH_STORE.get(kind);
        return leases == null
                ? by(row, row.lease()) || by(row, row.other())
                : followers.entrySet().stream()
                        .filter(lease -> lease.getKey().startsWith(leases))
                        .anyMatch(lease -> by(row, lease.getValue()));
    }

    private boolean by(Row row, @Nullable Held lease) {
        return lease != null && row.launch().equals(launches.get(lease.incarnation()));
    }

    /** Null for what anybody may write. */
    private static @Nullable Kind kind(Row row) {
        return switch (row.key()[0]) {
            case 'S' ->
                    switch (row.key()[1]) {
                        case 1 -> null; // Settings are anybody's.
                        case 'c' -> Kind.CAMERAS;
                        default -> Kind.STREAM;
                    };
            case 'D' -> row.deleted() ? Kind.DELETION : null;
            case 'V' ->
                    switch (row.key()[1]) {
                        case 'd', 'e', 'a' -> Kind.VOLUME;
                        case 'o' -> row.deleted() ? Kind.OWNER : null;
                        default -> null;
                    };
            case 'W' -> row.is('W', 'c') ? Kind.CURSOR : null;
            case 'P' -> Kind.PROBE;
            case 'A' -> expired(row) ? Kind.SWEPT : null;
            default -> null;
        };
    }

    /** What is over is deleted by the sweeper alone; the rest by whoever revokes it. */
    private static boolean expired(Row row) {
        String json = new String(row.value(), 1, row.value().length - 1, StandardCharsets.UTF_8);
        Matcher expires = EXPIRES.matcher(json);
        return expires.find() && Long.parseLong(expires.group(1)) <= row.atMillis();
    }

    /** A lease changes hands with the next epoch, and its epoch never changes otherwise. */
    private void leases() {
        Map<String, Held> held = new HashMap<>();
        for (Row row : rows) {
            if (row.is('W', 'l') && !row.deleted()) {
                Held now = Objects.requireNonNull(Held.decode(row.value()));
                Held before = held.put(row.name(), now);
                boolean same = before != null && before.incarnation() == now.incarnation();
                boolean givenBack = now.owner().isEmpty();
                long next = before == null ? 0 : before.epoch() + (same || givenBack ? 0 : 1);
                if (before != null && now.epoch() != next) {
                    wrong.add("lease " + row.name() + " went from " + before + " to " + now);
                }
                handovers += same || givenBack ? 0 : 1;
            }
        }
    }

    private void streams() {
        Map<String, Held> latest = new HashMap<>();
        Map<String, byte[]> numbers = new HashMap<>();
        for (Row row : rows) {
            if (row.key()[0] != 'S' || row.key()[1] < 2 || row.key()[1] > 4) {
                continue;
            }
            Held now = row.lease();
            Held before = now == null ? null : latest.put(row.name(), now);
            streamOwners += now != null && !now.equals(before) ? 1 : 0;
            if (before != null
                    && (now.epoch() < before.epoch()
                            || now.epoch() == before.epoch() && !now.equals(before))) {
                wrong.add("stream " + row.name() + " was written by " + now + " after " + before);
            }
            if (row.is('S', 4) && !row.deleted()) {
                String number =
                        row.name() + " " + ByteBuffer.wrap(row.key()).getLong(row.key().length - 8);
                byte[] other = numbers.putIfAbsent(number, row.value());
                segments += other == null ? 1 : 0;
                if (other != null && !Arrays.equals(other, row.value())) {
                    wrong.add("segment " + number + " was given twice");
                }
            }
        }
    }

    private static String printed(byte[] key) {
        return (char) key[0] + HexFormat.of().formatHex(key, 1, key.length);
    }
}
