package io.millrace.live;

import io.millrace.live.Trouble.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Why publishers were refused or dropped: the newest reason of each stream, until a later push
 * delivers, and those who asked for a stream that there is not. What strangers bring about beside a
 * push that goes on is forgotten after an hour. In this node's memory only. Thread-safe.
 */
public final class Troubles {
    private static final Duration REMEMBERED = Duration.ofHours(1);
    private static final int MOST_STRANGERS = 8;
    private static final int LONGEST_NAME = 64;
    private static final Pattern UNFIT = Pattern.compile("[^\\x21-\\x7e]");

    private final InstantSource clock;
    private final Map<String, Trouble> streams = new ConcurrentHashMap<>();
    private final Deque<Stranger> strangers = new ArrayDeque<>();

    /** A publisher who asked for a stream of that name, which there is not. */
    public record Stranger(String name, Trouble trouble) {}

    public Troubles(InstantSource steady) {
        this.clock = steady;
    }

    /** A publisher of a stream that there is was not let in. */
    public void refused(String stream, String publisher, String reason) {
        note(stream, Kind.REFUSED, publisher, reason);
    }

    /** A push broke off. */
    public void dropped(String stream, String publisher, String reason) {
        note(stream, Kind.DROPPED, publisher, reason);
    }

    private void note(String stream, Kind kind, @Nullable String from, String reason) {
        Instant now = clock.instant();
        streams.compute(
                stream,
                (name, before) ->
                        before != null && before.kind() == kind && before.reason().equals(reason)
                                ? before.again(now, from)
                                : new Trouble(kind, reason, from, now, 1));
    }

    /** A publisher asked for a name that no stream has; the newest few are kept. */
    public void stranger(String name, String publisher) {
        // Behind these a key may stand that was put into the wrong place.
        String asked = name.split("[&?=]", 2)[0];
        String shown = UNFIT.matcher(asked).replaceAll("?");
        String shortened = shown.substring(0, Math.min(LONGEST_NAME, shown.length()));
        Instant now = clock.instant();
        synchronized (strangers) {
            Trouble trouble =
                    strangers.stream()
                            .filter(s -> s.name().equals(shortened))
                            .findFirst()
                            .map(s -> s.trouble().again(now, publisher))
                            .orElse(
                                    new Trouble(
                                            Kind.REFUSED,
                                            "there is no stream of this name",
                                            publisher,
                                            now,
                                            1));
            strangers.removeIf(s -> s.name().equals(shortened));
            strangers.addFirst(new Stranger(shortened, trouble));
            if (strangers.size() > MOST_STRANGERS) {
                strangers.removeLast();
            }
        }
    }

    /** A push that began then has brought a segment: what was before it is over. */
    public void delivered(String stream, Instant began) {
        streams.computeIfPresent(
                stream, (name, trouble) -> trouble.at().isAfter(began) ? trouble : null);
    }

    void forget(String stream) {
        streams.remove(stream);
    }

    /**
     * What troubles a stream.
     *
     * @param onAir whether a push delivers: then what others tried is of interest for an hour
     */
    Optional<Trouble> of(String stream, boolean onAir) {
        return Optional.ofNullable(streams.get(stream)).filter(t -> !onAir || isFresh(t));
    }

    private boolean isFresh(Trouble trouble) {
        return trouble.at().isAfter(clock.instant().minus(REMEMBERED));
    }

    /** Who asked in the last hour for streams that there are not, the newest first. */
    List<Stranger> strangers() {
        synchronized (strangers) {
            return strangers.stream().filter(s -> isFresh(s.trouble())).toList();
        }
    }
}
