package io.millrace.keyspace;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Commits batches by one call of {@code millrace_commit_1}, tries again what the database asks to
 * try again, and tells apart "not applied" from "nobody knows".
 */
final class PostgresCommit {
    private static final int TRIES = 20;
    private static final int STRIPES = 64;
    private static final String CALL =
            "select millrace_commit_1(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private final HikariDataSource pool;
    private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

    PostgresCommit(HikariDataSource pool) {
        this.pool = pool;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new ReentrantLock();
        }
    }

    CommitOutcome commit(Batch batch) {
        FlatBatch flat = new FlatBatch(batch);
        OptionalInt contradiction = flat.contradiction();
        if (contradiction.isPresent()) {
            return new CommitOutcome.Conflict(contradiction.getAsInt());
        }
        CommitOutcome first = attempt(flat, !batch.sync());
        if (first != null) {
            return first;
        }
        // Writers of this process who fight over the same keys queue up here, not in the database.
        ReentrantLock stripe = stripes[stripe(flat)];
        stripe.lock();
        try {
            for (int i = 2; i <= TRIES; i++) {
                LockSupport.parkNanos(
                        ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(i)));
                CommitOutcome outcome = attempt(flat, !batch.sync());
                if (outcome != null) {
                    return outcome;
                }
            }
        } finally {
            stripe.unlock();
        }
        throw new KeySpaceException(
                KeySpaceException.Code.BUSY,
                "the database asked to repeat a commit " + TRIES + " times; try later");
    }

    private static int stripe(FlatBatch flat) {
        int hash = flat.slots.isEmpty() ? 0 : java.util.Arrays.hashCode(flat.slots.firstKey());
        return Math.floorMod(hash, STRIPES);
    }

    /** One call; null when the database asks to repeat it. */
    private @Nullable CommitOutcome attempt(FlatBatch flat, boolean relaxed) {
        try (Connection connection = PostgresFailure.connect(pool);
                PreparedStatement call = connection.prepareStatement(CALL)) {
            bind(connection, call, flat, relaxed);
            try (ResultSet rows = call.executeQuery()) {
                rows.next();
                Long[] stamps = (Long[]) rows.getArray(1).getArray();
                return new CommitOutcome.Committed(List.of(stamps));
            }
        } catch (SQLException e) {
            return judge(e, flat);
        }
    }

    private @Nullable CommitOutcome judge(SQLException e, FlatBatch flat) {
        String state = String.valueOf(e.getSQLState());
        return switch (state) {
            case "40001", "40P01", "23505" -> null;
            case "MR001" ->
                    new CommitOutcome.Conflict(flat.guardAt(Integer.parseInt(serverMessage(e))));
            case "MR002" -> throw Limits.limit(serverMessage(e));
            case "22003" -> throw Limits.limit("a counter went past 64 bits");
            case "53100" ->
                    throw new KeySpaceException(
                            KeySpaceException.Code.DISK_FULL,
                            "the disk of the database is full: free space there",
                            e);
            default -> unknownOrFailed(e, state);
        };
    }

    /** A lost connection leaves it open whether the call was applied; an error answer does not. */
    private CommitOutcome unknownOrFailed(SQLException e, String state) {
        boolean lost = state.startsWith("08") || state.startsWith("57P") || e.getSQLState() == null;
        if (lost) {
            return new CommitOutcome.Unknown("PostgreSQL: " + e.getMessage());
        }
        throw PostgresFailure.of(e, pool);
    }

    private static String serverMessage(SQLException e) {
        if (e instanceof PSQLException p) {
            ServerErrorMessage message = p.getServerErrorMessage();
            if (message != null && message.getMessage() != null) {
                return message.getMessage();
            }
        }
        return String.valueOf(e.getMessage());
    }

    private static void bind(
            Connection connection, PreparedStatement call, FlatBatch flat, boolean relaxed)
            throws SQLException {
        Collection<FlatBatch.Slot> slots = flat.slots.values();
        List<byte @Nullable []> held = new ArrayList<>();
        List<byte @Nullable []> values = new ArrayList<>();
        for (FlatBatch.Slot slot : slots) {
            held.add(slot.held);
            values.add(slot.value);
        }
        byte[][] keys = flat.slots.keySet().toArray(byte[][]::new);
        Integer[] guards = slots.stream().map(s -> s.guard).toArray(Integer[]::new);
        Integer[] ops = slots.stream().map(s -> s.op).toArray(Integer[]::new);
        Long[] deltas = slots.stream().map(s -> s.delta).toArray(Long[]::new);
        byte[][] froms = flat.ranges.stream().map(r -> r.from()).toArray(byte[][]::new);
        byte[][] tos = flat.ranges.stream().map(r -> r.to()).toArray(byte[][]::new);
        Integer[] counters =
                flat.stamped.stream().map(s -> s.counter().place).toArray(Integer[]::new);
        byte[][] prefixes = flat.stamped.stream().map(s -> s.prefix()).toArray(byte[][]::new);
        byte[][] records = flat.stamped.stream().map(s -> s.value()).toArray(byte[][]::new);
        call.setArray(1, connection.createArrayOf("bytea", keys));
        call.setArray(2, connection.createArrayOf("int4", guards));
        call.setArray(3, connection.createArrayOf("bytea", held.toArray(byte[][]::new)));
        call.setArray(4, connection.createArrayOf("int4", ops));
        call.setArray(5, connection.createArrayOf("bytea", values.toArray(byte[][]::new)));
        call.setArray(6, connection.createArrayOf("int8", deltas));
        call.setArray(7, connection.createArrayOf("bytea", froms));
        call.setArray(8, connection.createArrayOf("bytea", tos));
        call.setArray(9, connection.createArrayOf("int4", counters));
        call.setArray(10, connection.createArrayOf("bytea", prefixes));
        call.setArray(11, connection.createArrayOf("bytea", records));
        call.setBoolean(12, relaxed);
    }
}
