package io.millrace.keyspace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/** The tables and functions of the shared key space: made once, checked at every start. */
final class PostgresSchema {
    static final int VERSION = 1;

    /** Any number will do, as long as all nodes take the same lock. */
    private static final long LOCK = 0x4D696C6C72616365L;

    private PostgresSchema() {}

    static void prepare(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("select pg_advisory_xact_lock(" + LOCK + ")");
            statement.execute(
                    "create table if not exists millrace_schema (version int primary key)");
            int version = version(statement);
            if (version != 0 && version != VERSION) {
                throw new KeySpaceException(
                        KeySpaceException.Code.FORMAT,
                        "the key space in PostgreSQL has schema version "
                                + version
                                + ", this program knows "
                                + VERSION
                                + ": run the Millrace that wrote it");
            }
            if (version == 0) {
                statement.execute(
                        "create table millrace_kv (k bytea primary key, v bytea not null)");
                statement.execute("alter table millrace_kv alter column v set storage external");
                statement.execute("insert into millrace_schema values (" + VERSION + ")");
            }
            statement.execute(functions());
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet rows =
                statement.executeQuery("select coalesce(max(version), 0) from millrace_schema")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static String functions() {
        String name = "postgres-" + VERSION + ".sql";
        try (InputStream in =
                Objects.requireNonNull(PostgresSchema.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new KeySpaceException(
                    KeySpaceException.Code.UNAVAILABLE, name + " is not in the program", e);
        }
    }
}
