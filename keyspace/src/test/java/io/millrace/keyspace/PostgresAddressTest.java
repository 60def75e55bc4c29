package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

/** An address that does not lead to a database is told without the password in it. */
class PostgresAddressTest {
    private static final String PASSWORD = "hunter2hunter2";

    @Test
    void aPasswordIsNeitherInARefusalNorInWhatTheDriverLogs() {
        StringBuilder logged = new StringBuilder();
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        logged.append(new SimpleFormatter().format(line));
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger driver = Logger.getLogger("org.postgresql");
        Level before = driver.getLevel();
        driver.addHandler(handler);
        driver.setLevel(Level.ALL);
        try {
            for (String url :
                    List.of(
                            "jdbc:postgresql://127.0.0.1:1/db?user=u&password=" + PASSWORD,
                            "jdbc:postgresql://127.0.0.1:port/db?password=" + PASSWORD + "&user=u",
                            "jdbc:postgresql://127.0.0.1:1/db?user=u&password=%zz" + PASSWORD,
                            "jdbc:postgres://u:" + PASSWORD + "@127.0.0.1/db")) {
                PostgresOptions options =
                        new PostgresOptions(null, null, 2, Duration.ofMillis(300));
                KeySpaceException refused =
                        assertThrows(
                                KeySpaceException.class, () -> PostgresKeySpace.open(url, options));
                StringWriter told = new StringWriter();
                refused.printStackTrace(new PrintWriter(told, true));
                assertFalse(told.toString().contains(PASSWORD), told.toString());
                assertTrue(told.toString().contains("keyspace.postgres.url"), told.toString());
            }
        } finally {
            driver.removeHandler(handler);
            driver.setLevel(before);
        }
        assertFalse(logged.isEmpty());
        assertFalse(logged.toString().contains(PASSWORD), logged.toString());
    }
}
