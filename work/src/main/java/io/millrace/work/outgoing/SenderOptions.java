package io.millrace.work.outgoing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of the sender.
 *
 * @param guard which addresses may be called
 * @param resolver asked once for each connection
 * @param trusted a PEM file with the authorities that are trusted instead of Java's; null: Java's
 * @param secrets what calls to a target are signed with, by its name; none: they are not signed
 * @param callTime for a whole call of the queue: name, connection, answer, redirects
 * @param answerBytes most bytes that are read of an answer
 * @param calls most calls at a time
 * @param callsOfTarget most calls at a time to one target
 * @param firstPause before the second attempt; doubled for each further one, less up to a half by
 *     chance
 * @param longestPause between two attempts, also when the host asks for more
 * @param attempts after so many a message is a dead letter
 * @param queued most messages of a target that wait
 * @param dead most dead letters of a target; then the oldest goes
 */
public record SenderOptions(
        AddressGuard guard,
        Resolver resolver,
        @Nullable Path trusted,
        Map<String, List<String>> secrets,
        Duration callTime,
        int answerBytes,
        int calls,
        int callsOfTarget,
        Duration firstPause,
        Duration longestPause,
        int attempts,
        int queued,
        int dead) {

    /** Finds the addresses of a host. */
    @FunctionalInterface
    public interface Resolver {
        List<InetAddress> addresses(String host) throws UnknownHostException;
    }

    public SenderOptions {
        secrets = Map.copyOf(secrets);
    }

    /** The public internet alone; half a day of attempts. */
    public static SenderOptions standard() {
        return new SenderOptions(
                AddressGuard.allowing(List.of()),
                host -> Arrays.asList(InetAddress.getAllByName(host)),
                null,
                Map.of(),
                Duration.ofSeconds(10),
                16 * 1024,
                32,
                4,
                Duration.ofSeconds(5),
                Duration.ofHours(1),
                24,
                10_000,
                1_000);
    }

    public SenderOptions withGuard(AddressGuard other) {
        return new SenderOptions(
                other,
                resolver,
                trusted,
                secrets,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                queued,
                dead);
    }

    public SenderOptions withResolver(Resolver other) {
        return new SenderOptions(
                guard,
                other,
                trusted,
                secrets,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                queued,
                dead);
    }

    public SenderOptions withTrusted(@Nullable Path pem) {
        return new SenderOptions(
                guard,
                resolver,
                pem,
                secrets,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                queued,
                dead);
    }

    public SenderOptions withCallTime(Duration time) {
        return new SenderOptions(
                guard,
                resolver,
                trusted,
                secrets,
                time,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                queued,
                dead);
    }

    public SenderOptions withAttempts(int most, Duration first, Duration longest) {
        return new SenderOptions(
                guard,
                resolver,
                trusted,
                secrets,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                first,
                longest,
                most,
                queued,
                dead);
    }

    public SenderOptions withQueue(int most, int mostDead) {
        return new SenderOptions(
                guard,
                resolver,
                trusted,
                secrets,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                most,
                mostDead);
    }

    /** Signs calls to that target; two secrets while the receiver changes over. */
    public SenderOptions withSecrets(String target, List<String> shared) {
        Map<String, List<String>> all = new HashMap<>(secrets);
        all.put(target, List.copyOf(shared));
        return new SenderOptions(
                guard,
                resolver,
                trusted,
                all,
                callTime,
                answerBytes,
                calls,
                callsOfTarget,
                firstPause,
                longestPause,
                attempts,
                queued,
                dead);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "SenderOptions[" + calls + " calls, " + callTime + "]";
    }
}
