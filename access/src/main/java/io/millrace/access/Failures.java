package io.millrace.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.kit.ClientNetwork;
import io.millrace.kit.MonotonicClock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Slows guessing down: tries that failed are counted by name and address together, so that nobody
 * shuts a name for others, and by address alone, for who tries one name after the other. Beyond the
 * free ones each is followed by a pause of twice the length. Who has not failed is never kept
 * waiting by another address. Bounded. Thread-safe.
 */
final class Failures {
    /** After so long without a failure nothing is held against anybody. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private static final int LONGEST_DOUBLING = 20;

    /**
     * What is allowed.
     *
     * @param free failures without a pause
     * @param longest the pause that others grow up to, from a second on
     */
    record Rule(int free, Duration longest) {}

    /**
     * What is held against a name or an address.
     *
     * @param beforeNanos when the failure before the last one was: it counts if that is taken back
     */
    private record Held(int failures, long lastNanos, long beforeNanos) {}

    private final Rule byName;
    private final Rule byAddress;
    private final MonotonicClock clock;
    private final Cache<String, Held> held;

    /**
     * @param byName for one name from one address
     * @param byAddress for an address, whatever the names
     */
    Failures(Rule byName, Rule byAddress, MonotonicClock clock) {
        this.byName = byName;
        this.byAddress = byAddress;
        this.clock = clock;
        this.held =
                Caffeine.newBuilder()
                        .maximumSize(200_000)
                        .expireAfterWrite(FORGOTTEN)
                        .ticker(clock::nanos)
                        .build();
    }

    /**
     * Makes a try if its time has come.
     *
     * @param failed which outcomes were guesses
     * @param wait the outcome when it has to wait so long, in whole seconds
     */
    <T> T limited(
            String name,
            String address,
            Supplier<T> attempt,
            Predicate<T> failed,
            Function<Duration, T> wait) {
        Duration left = begin(name, address);
        if (!left.isZero()) {
            return wait.apply(left);
        }
        try {
            T outcome = attempt.get();
            if (!failed.test(outcome)) {
                succeeded(name, address);
            }
            return outcome;
        } catch (RuntimeException e) {
            undone(name, address);
            throw e;
        }
    }

    /**
     * Begins a try, which counts as failed unless {@link #succeeded} is called: many at once get no
     * further than one after the other.
     *
     * @return zero: go on; else how long to wait, in whole seconds, and nothing was counted
     */
    Duration begin(String name, String address) {
        String network = network(address);
        Duration wait = count(both(name, network), byName);
        if (wait.isZero()) {
            wait = count(network, byAddress);
            if (!wait.isZero()) {
                takeBack(both(name, network));
            }
        }
        return wait;
    }

    /** The try that was begun came to no end, and says nothing about who made it. */
    void undone(String name, String address) {
        String network = network(address);
        takeBack(both(name, network));
        takeBack(network);
    }

    /** The try that was begun did not fail. */
    void succeeded(String name, String address) {
        String network = network(address);
        held.invalidate(both(name, network));
        takeBack(network);
    }

    private static String both(String name, String network) {
        return network + '\n' + name;
    }

    private Duration count(String key, Rule rule) {
        long now = clock.nanos();
        Duration[] wait = {Duration.ZERO};
        held.asMap()
                .compute(
                        key,
                        (ignored, before) -> {
                            if (before == null) {
                                return new Held(1, now, now);
                            }
                            Duration left =
                                    pause(before.failures(), rule)
                                            .minusNanos(now - before.lastNanos());
                            if (left.isPositive()) {
                                wait[0] =
                                        Duration.ofSeconds(left.plusNanos(999_999_999).toSeconds());
                                return before;
                            }
                            return new Held(before.failures() + 1, now, before.lastNanos());
                        });
        return wait[0];
    }

    private static Duration pause(int failures, Rule rule) {
        int beyond = failures - rule.free();
        if (beyond < 0) {
            return Duration.ZERO;
        }
        Duration doubled = Duration.ofSeconds(1L << Math.min(beyond, LONGEST_DOUBLING));
        return doubled.compareTo(rule.longest()) < 0 ? doubled : rule.longest();
    }

    private void takeBack(String key) {
        held.asMap()
                .computeIfPresent(
                        key,
                        (ignored, now) -> {
                            long last = now.beforeNanos();
                            return now.failures() <= 1
                                    ? null
                                    : new Held(now.failures() - 1, last, last);
                        });
    }

    private static String network(String address) {
        try {
            return ClientNetwork.of(InetAddress.ofLiteral(address)).getHostAddress();
        } catch (IllegalArgumentException e) {
            return address;
        }
    }
}
