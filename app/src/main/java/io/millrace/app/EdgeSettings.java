package io.millrace.app;

import io.millrace.kit.config.ConfigException;
import io.millrace.kit.config.Configuration;
import io.millrace.kit.config.Setting;
import io.millrace.kit.config.Setting.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How an edge asks its origin and what it tells, beside where it listens and what it keeps.
 *
 * @param originTimeout an origin that sends nothing for so long has failed
 * @param accessLog whether each answered request is logged
 * @param purgeToken who shows it may purge at an edge alone
 */
record EdgeSettings(Duration originTimeout, boolean accessLog, Optional<String> purgeToken) {
    private static final int SHORTEST_TOKEN = 16;
    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofMinutes(10);

    static final List<Setting> KNOWN =
            List.of(
                    new Setting(
                            "edge.origin-timeout",
                            Kind.DURATION,
                            "30s",
                            "an origin that sends nothing for so long has failed, 1s to 10m"),
                    new Setting(
                            "edge.access-log",
                            Kind.FLAG,
                            "false",
                            "a line for each request that an edge answers"),
                    new Setting(
                            "edge.purge-token",
                            Kind.SECRET,
                            "",
                            "who shows it may purge at an edge alone; unset: only what is signed"
                                    + " with edge.key"));

    static EdgeSettings of(Configuration c) {
        Duration timeout = c.duration("edge.origin-timeout");
        if (timeout.compareTo(LEAST) < 0 || timeout.compareTo(MOST) > 0) {
            throw new ConfigException("'edge.origin-timeout' must be 1s to 10m");
        }
        Optional<String> token = c.optional("edge.purge-token");
        if (token.isPresent() && !token.get().matches("[!-~]{" + SHORTEST_TOKEN + ",512}")) {
            throw new ConfigException(
                    "'edge.purge-token' must be "
                            + SHORTEST_TOKEN
                            + " to 512 characters without spaces");
        }
        return new EdgeSettings(timeout, c.flag("edge.access-log"), token);
    }

    /** Without its secret. */
    @Override
    public String toString() {
        return "EdgeSettings[" + originTimeout + ", " + accessLog + "]";
    }
}
