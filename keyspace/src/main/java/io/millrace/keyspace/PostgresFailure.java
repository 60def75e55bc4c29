package io.millrace.keyspace;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a failure of the database means: it has too much to do now (BUSY), or it is not there or
 * refuses (UNAVAILABLE). In both nothing was written.
 */
final class PostgresFailure {
    private PostgresFailure() {}

    /** A connection of the pool, as soon as one is free. */
    static Connection connect(HikariDataSource pool) {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            if (pool.isClosed()) {
                throw closed(e);
            }
            // The pool adds why it could not make another one; when it made all it may, nothing.
            boolean dry = e.getCause() == null || isBusy(e.getSQLState());
            throw new KeySpaceException(
                    dry ? KeySpaceException.Code.BUSY : KeySpaceException.Code.UNAVAILABLE,
                    "no connection to PostgreSQL; nothing was written: " + e.getMessage(),
                    e);
        }
    }

    static KeySpaceException of(SQLException e, HikariDataSource pool) {
        if (pool.isClosed()) {
            return closed(e);
        }
        return isBusy(e.getSQLState())
                ? new KeySpaceException(
                        KeySpaceException.Code.BUSY,
                        "the database was too busy; nothing was written, try later",
                        e)
                : new KeySpaceException(
                        KeySpaceException.Code.UNAVAILABLE, "PostgreSQL: " + e.getMessage(), e);
    }

    private static KeySpaceException closed(SQLException e) {
        return new KeySpaceException(KeySpaceException.Code.CLOSED, "the key space is closed", e);
    }

    /**
     * It ran past the time for a lock or a statement, or has no connection left (Appendix A of
     * PostgreSQL's manual).
     */
    private static boolean isBusy(String state) {
        return switch (String.valueOf(state)) {
            case "55P03", "57014", "53300" -> true;
            default -> false;
        };
    }
}
