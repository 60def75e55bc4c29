package io.millrace.keyspace;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.millrace.kit.MonotonicClock;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The key space shared by many nodes, in a PostgreSQL database.
 *
 * <p>One table of keys and values; each commit is one call of one SQL function in READ COMMITTED,
 * which takes row locks in key order. What an answer promises is what the database's {@code
 * synchronous_commit} promises: with a synchronous standby, the loss of the primary too.
 */
public final class PostgresKeySpace implements KeySpace {
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    private final HikariDataSource pool;
    private final PostgresCommit committing;
    private volatile LongConsumer commits = _ -> {};

    private PostgresKeySpace(HikariDataSource pool) {
        this.pool = pool;
        this.committing = new PostgresCommit(pool);
    }

    /**
     * Opens the key space in a database; makes its tables if they aren't there.
     *
     * @param url {@code jdbc:postgresql://host:port/database?…}
     * @throws KeySpaceException FORMAT when another version made the tables, UNAVAILABLE when there
     *     is no connection
     */
    public static PostgresKeySpace open(String url, PostgresOptions options) {
        if (!url.startsWith("jdbc:postgresql:")) {
            // The driver would name it in its refusal, with the password that it may hold.
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE,
                    "keyspace.postgres.url must begin with jdbc:postgresql:");
        }
        HikariConfig config = new HikariConfig();
        config.setUsername(options.user());
        config.setPassword(options.password());
        config.setJdbcUrl(withoutSecrets(url, config));
        config.setMaximumPoolSize(options.connections());
        config.setMinimumIdle(2);
        config.setConnectionTimeout(options.patience().toMillis());
        config.setPoolName("keyspace");
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setConnectionInitSql("set statement_timeout = 30000; set lock_timeout = 20000");
        config.addDataSourceProperty("reWriteBatchedInserts", "false");
        config.addDataSourceProperty("prepareThreshold", "3");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        try {
            HikariDataSource pool = new HikariDataSource(config);
            try (Connection connection = pool.getConnection()) {
                PostgresSchema.prepare(connection);
                return new PostgresKeySpace(pool);
            } catch (SQLException | RuntimeException e) {
                pool.close();
                throw e;
            }
        } catch (KeySpaceException e) {
            throw e;
        } catch (SQLException | RuntimeException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE,
                    "the key space in PostgreSQL does not open: look at keyspace.postgres.url and"
                            + " at the database ("
                            + e.getMessage()
                            + ")",
                    e);
        }
    }

    /**
     * The address without its passwords, which go to the driver beside it: pool and driver name the
     * address in what they log and throw.
     */
    private static String withoutSecrets(String url, HikariConfig config) {
        int question = url.indexOf('?');
        if (question < 0) {
            return url;
        }
        StringJoiner kept = new StringJoiner("&", "?", "").setEmptyValue("");
        for (String parameter : url.substring(question + 1).split("&")) {
            int equals = parameter.indexOf('=') + 1;
            String name = parameter.substring(0, Math.max(0, equals - 1));
            switch (name) {
                case "password" -> config.setPassword(decoded(parameter.substring(equals)));
                case "sslpassword" ->
                        config.addDataSourceProperty(name, decoded(parameter.substring(equals)));
                default -> kept.add(parameter);
            }
        }
        return url.substring(0, question) + kept;
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE,
                    "a password in keyspace.postgres.url is not percent-encoded: write % as %25");
        }
    }

    /** A question to the database. */
    private interface Question<T> {
        T ask(Connection connection) throws SQLException;
    }

    private <T> T ask(Question<T> question) {
        if (pool.isClosed()) {
            throw new KeySpaceException(KeySpaceException.Code.CLOSED, "the key space is closed");
        }
        try (Connection connection = PostgresFailure.connect(pool)) {
            return question.ask(connection);
        } catch (SQLException e) {
            throw PostgresFailure.of(e, pool);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        Limits.key(key);
        List<byte @Nullable []> values = multiGet(List.of(key));
        return values.get(0);
    }

    @Override
    public List<byte @Nullable []> multiGet(List<byte[]> keys) {
        if (keys.size() > Limits.MULTI_GET_KEYS) {
            throw Limits.limit("multiGet takes ≤ " + Limits.MULTI_GET_KEYS + " keys");
        }
        if (keys.isEmpty()) {
            return List.of();
        }
        keys.forEach(Limits::key);
        return ask(connection -> multiGet(connection, keys));
    }

    private static List<byte @Nullable []> multiGet(Connection connection, List<byte[]> keys)
            throws SQLException {
        Map<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
        boolean one = keys.size() == 1;
        String sql =
                one
                        ? "select k, v from millrace_kv where k = ?"
                        : "select k, v from millrace_kv where k = any (?)";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            if (one) {
                select.setBytes(1, keys.get(0));
            } else {
                Array array = connection.createArrayOf("bytea", keys.toArray(byte[][]::new));
                select.setArray(1, array);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.put(rows.getBytes(1), rows.getBytes(2));
                }
            }
        }
        List<byte @Nullable []> values = new ArrayList<>(keys.size());
        for (byte[] key : keys) {
            values.add(found.get(key));
        }
        return values;
    }

    @Override
    public List<Entry> scan(Scan scan) {
        if (Arrays.compareUnsigned(scan.from(), scan.to()) >= 0) {
            return List.of();
        }
        String sql =
                (scan.keysOnly() ? "select k" : "select k, v")
                        + " from millrace_kv where k >= ? and k < ? order by k "
                        + (scan.reverse() ? "desc" : "asc")
                        + " limit ?";
        return ask(
                connection -> {
                    List<Entry> entries = new ArrayList<>();
                    try (PreparedStatement select = connection.prepareStatement(sql)) {
                        select.setBytes(1, scan.from());
                        select.setBytes(2, scan.to());
                        select.setInt(3, scan.limit());
                        try (ResultSet rows = select.executeQuery()) {
                            while (rows.next()) {
                                byte[] value = scan.keysOnly() ? new byte[0] : rows.getBytes(2);
                                entries.add(new Entry(rows.getBytes(1), value));
                            }
                        }
                    }
                    return entries;
                });
    }

    @Override
    public List<Listed> scanDelimited(byte[] prefix, byte[] delimiter, byte[] after, int limit) {
        Limits.scanLimit(limit);
        Limits.key(prefix);
        return ask(
                connection -> {
                    List<Listed> listed = new ArrayList<>();
                    try (PreparedStatement select =
                            connection.prepareStatement(
                                    "select key, val, rolled from millrace_list_1(?, ?, ?, ?, ?)")) {
                        select.setInt(1, prefix.length);
                        select.setBytes(2, Delimited.start(prefix, delimiter, after));
                        select.setBytes(3, Keys.afterPrefix(prefix));
                        select.setBytes(4, delimiter);
                        select.setInt(5, limit);
                        try (ResultSet rows = select.executeQuery()) {
                            while (rows.next()) {
                                listed.add(
                                        rows.getBoolean(3)
                                                ? new Listed.Group(rows.getBytes(1))
                                                : new Listed.Key(
                                                        rows.getBytes(1), rows.getBytes(2)));
                            }
                        }
                    }
                    return listed;
                });
    }

    @Override
    public CommitOutcome commit(Batch batch) {
        long start = CLOCK.nanos();
        try {
            return committing.commit(batch);
        } finally {
            commits.accept(CLOCK.nanos() - start);
        }
    }

    @Override
    public void onCommit(LongConsumer observer) {
        commits = observer;
    }

    /** The database's clock. */
    @Override
    public Instant storeNow() {
        return ask(
                connection -> {
                    try (PreparedStatement select =
                                    connection.prepareStatement(
                                            "select (extract(epoch from clock_timestamp())"
                                                    + " * 1000000)::bigint");
                            ResultSet rows = select.executeQuery()) {
                        rows.next();
                        long micros = rows.getLong(1);
                        return Instant.ofEpochSecond(
                                Math.floorDiv(micros, 1_000_000L),
                                Math.floorMod(micros, 1_000_000L) * 1_000L);
                    }
                });
    }

    @Override
    public long idBlock(String name, int count) {
        return IdBlocks.next(this, name, count);
    }

    @Override
    public void close() {
        pool.close();
    }
}
