package io.millrace.keyspace;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the shared engine connects.
 *
 * @param user the database user, or null if the URL says it
 * @param password the password, or null if the URL says it or none is needed
 * @param connections most connections of this process: 2 to 500
 * @param patience how long a request waits for one of them, at least 250 ms
 */
public record PostgresOptions(
        @Nullable String user, @Nullable String password, int connections, Duration patience) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    public PostgresOptions(@Nullable String user, @Nullable String password, int connections) {
        this(user, password, connections, PATIENCE);
    }

    public PostgresOptions {
        if (connections < 2 || connections > 500) {
            throw Limits.limit("connections: 2 to 500, not " + connections);
        }
    }

    /** Sixteen connections; user and password in the URL. */
    public static PostgresOptions standard() {
        return new PostgresOptions(null, null, 16);
    }

    @Override
    public String toString() {
        return "PostgresOptions[user=" + user + ", connections=" + connections + "]";
    }
}
