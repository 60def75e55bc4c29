package io.millrace.work.outgoing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.kit.Ids;
import io.millrace.work.LeasedTask;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.OutgoingException.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one sender of calls to hosts of others. Thread-safe.
 *
 * <p>Two ways. {@link #ask} calls at once and answers what came of it, for decisions that somebody
 * waits for. {@link #add} and {@link #post} keep an event in the key space and deliver it at least
 * once: a 2xx ends it; 408, 409, 425, 429, 5xx and no answer are tried again, later each time;
 * another status, or too many attempts, makes it a dead letter, which is kept until somebody tries
 * it again or discards it. One node at a time delivers to a target, under the lease {@code
 * outgoing/{target}}.
 *
 * <p>Both judge addresses ({@link AddressGuard}), sign ({@code Millrace-Signature}), carry an id
 * ({@code Millrace-Id}) that stays the same over attempts, and are bounded ({@link SenderOptions}).
 */
public final class Sender implements Announcements, AutoCloseable {
    /** The target that hears of events. */
    public static final String EVENTS = "events";

    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final String CLOUD_EVENT = "application/cloudevents+json; charset=utf-8";
    private static final int ASKED_AT_A_TIME = 16;

    /** What becomes of calls, as metrics name it. */
    public enum Outcome {
        /** Answered well. */
        DELIVERED,
        /** Not answered well: an attempt of a message, or a question. */
        FAILED,
        /** Given up and kept. */
        DEAD,
        /** Not taken since the queue was full, or an old dead letter that made room. */
        DROPPED
    }

    private final SenderOptions options;
    private final Clocks clocks;
    private final String source;
    private final JsonMapper json = new JsonMapper();
    private final HttpCaller caller;
    private final Outbox outbox;
    private final Map<String, Target> targets = new LinkedHashMap<>();
    private final List<LeasedTask> tasks = new ArrayList<>();
    private final Semaphore calls;
    private final Map<String, Semaphore> callsOf = new ConcurrentHashMap<>();
    private final Map<String, TargetState> asked = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private volatile boolean closing;

    private Sender(
            KeySpace keySpace,
            String source,
            SenderOptions options,
            List<Target> queued,
            Clocks clocks) {
        this.options = options;
        this.clocks = clocks;
        this.source = source;
        this.calls = new Semaphore(options.calls());
        this.outbox = new Outbox(keySpace, options, clocks.monotonic());
        queued.forEach(t -> targets.put(t.name(), t));
        this.caller = new HttpCaller(options);
    }

    /**
     * Opens the sender and begins to deliver what waits.
     *
     * @param queued the targets that hear of events; others are asked alone
     */
    public static Sender open(
            KeySpace keySpace,
            Leases leases,
            SenderOptions options,
            List<Target> queued,
            Clocks clocks) {
        // A node's name says also where its directory is; a URN has no spaces.
        String node = leases.node().replaceFirst("[^A-Za-z0-9._-].*", "");
        String source = "urn:millrace:node:" + node;
        Sender sender = new Sender(keySpace, source, options, queued, clocks);
        for (Target target : queued) {
            Delivery delivery = new Delivery(sender, target, options, clocks);
            sender.tasks.add(LeasedTask.start(leases, "outgoing/" + target.name(), delivery::run));
        }
        return sender;
    }

    /** Which addresses may be called. */
    public AddressGuard guard() {
        return options.guard();
    }

    /** Asks and waits for the answer, no longer than that; never fails otherwise. */
    public Reply ask(Target target, String contentType, byte[] body, Duration within) {
        Deadline deadline = clocks.monotonic().deadline(within);
        Reply reply = call(target, Ids.secret(22), contentType, body, deadline, ASKED_AT_A_TIME);
        boolean well = reply instanceof Reply.Answered a && a.well();
        count(target.name(), well ? Outcome.DELIVERED : Outcome.FAILED);
        TargetState before = asked.getOrDefault(target.name(), TargetState.NEW);
        TargetState now = noted(target, before, reply, clocks.wall().millis());
        asked.put(target.name(), now);
        return reply;
    }

    /** The state with that call in it; the log has each change from well to ill and back. */
    TargetState noted(Target target, TargetState before, Reply reply, long now) {
        boolean wasIll = before.failedMillis() > before.succeededMillis();
        String why = whyNot(reply);
        if (why.isEmpty()) {
            if (wasIll) {
                LOG.info("Calls to {} ({}) arrive again", target.name(), target.shown());
            }
            return before.succeeded(now);
        }
        if (!wasIll) {
            LOG.warn("Calls to {} ({}) fail: {}", target.name(), target.shown(), why);
        }
        return before.failed(now, why);
    }

    /** Empty when it went well. */
    static String whyNot(Reply reply) {
        return switch (reply) {
            case Reply.Answered a -> a.well() ? "" : "status " + a.status();
            case Reply.Failed f -> f.reason();
        };
    }

    /** One call within the bounds. */
    Reply call(
            Target target,
            String id,
            String contentType,
            byte[] body,
            Deadline deadline,
            int most) {
        if (body.length > Message.MAX_BODY) {
            return new Reply.Failed("a body of more than " + Message.MAX_BODY + " bytes", true);
        }
        Semaphore mine = callsOf.computeIfAbsent(target.name(), n -> new Semaphore(most));
        try {
            if (!mine.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
                return new Reply.Failed("too many calls wait for this target", false);
            }
            try {
                if (!calls.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
                    return new Reply.Failed("too many calls are under way", false);
                }
                try {
                    return closing
                            ? new Reply.Failed("the server stops", false)
                            : caller.post(
                                    target, headers(target, id, contentType, body), body, deadline);
                } finally {
                    calls.release();
                }
            } finally {
                mine.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply.Failed("interrupted", false);
        }
    }

    private Map<String, String> headers(Target target, String id, String contentType, byte[] body) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", contentType);
        headers.put("User-Agent", "Millrace");
        headers.put("Millrace-Id", id);
        List<String> secrets = options.secrets().getOrDefault(target.name(), List.of());
        if (!secrets.isEmpty()) {
            Instant now = clocks.wall().instant();
            headers.put(Signature.HEADER, Signature.of(secrets, now, body));
        }
        return headers;
    }

    @Override
    public void add(Batch.Builder batch, Event event) {
        for (Target target : targets.values()) {
            try {
                if (!outbox.add(batch, target.name(), message(event))) {
                    dropped(target, event, "its queue is full");
                }
            } catch (RuntimeException e) {
                // What happened is kept all the same; nobody is told of it.
                dropped(target, event, e.toString());
            }
        }
    }

    private void dropped(Target target, Event event, String why) {
        count(target.name(), Outcome.DROPPED);
        LOG.warn("{} is not told of {}: {}", target.name(), event.type(), why);
    }

    /** Keeps an event by itself, durable when it returns; nothing when nobody subscribed. */
    public void post(Event event) {
        if (targets.isEmpty()) {
            return;
        }
        Batch.Builder batch = Batch.builder();
        add(batch, event);
        Batch built = batch.build();
        if (!built.mutations().isEmpty()) {
            outbox.commit(built);
        }
    }

    /** An event that says nothing but that events arrive. */
    private record Test(String text) {}

    /**
     * Sends a target an event that tells of nothing.
     *
     * @return its id
     * @throws OutgoingException UNKNOWN, FULL
     */
    public String test(String name) {
        if (!targets.containsKey(name)) {
            throw new OutgoingException(Code.UNKNOWN, "nothing is sent to " + name);
        }
        Message message = message(new Event(Event.TEST, "test", new Test("Events arrive.")));
        Batch.Builder batch = Batch.builder();
        if (!outbox.add(batch, name, message)) {
            throw new OutgoingException(Code.FULL, "the queue of " + name + " is full");
        }
        outbox.commit(batch.build());
        return message.id();
    }

    /** CloudEvents 1.0, structured mode in JSON. */
    private Message message(Event event) {
        String id = Ids.secret(22);
        Instant now = clocks.wall().instant();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("specversion", "1.0");
        body.put("id", id);
        body.put("source", source);
        body.put("type", event.type());
        body.put("subject", event.subject());
        body.put("time", now.toString());
        body.put("datacontenttype", "application/json");
        body.put("data", event.data());
        try {
            byte[] bytes = json.writeValueAsBytes(body);
            if (bytes.length > Message.MAX_BODY) {
                throw new OutgoingException(Code.INVALID, "the event is too large");
            }
            return new Message(id, event.type(), CLOUD_EVENT, now.toEpochMilli(), 0, 0, "", bytes);
        } catch (JsonProcessingException e) {
            throw new OutgoingException(Code.INVALID, "the event can't be written as JSON");
        }
    }

    Outbox outbox() {
        return outbox;
    }

    boolean closing() {
        return closing;
    }

    void count(String target, Outcome outcome) {
        counts.computeIfAbsent(target + "/" + outcome, n -> new AtomicLong()).incrementAndGet();
    }

    /** How many calls to a target came to that since the start, on this node. */
    public long count(Outcome outcome, String target) {
        AtomicLong count = counts.get(target + "/" + outcome);
        return count == null ? 0 : count.get();
    }

    /** Whether events are sent to anybody. */
    public boolean subscribed() {
        return !targets.isEmpty();
    }

    /** The targets with a queue, also those that are set no more while rows of theirs are left. */
    public List<TargetStatus> queues() {
        TreeSet<String> names = new TreeSet<>(outbox.known());
        names.addAll(targets.keySet());
        return names.stream().map(this::queue).toList();
    }

    private TargetStatus queue(String name) {
        Target target = targets.get(name);
        Outbox.Count count = outbox.count(name);
        return status(
                name,
                target,
                count.waiting(),
                instant(count.oldestMillis()),
                outbox.deadCount(name),
                outbox.state(name).orElse(TargetState.NEW));
    }

    /** A target that is asked; what its calls came to is of this node and since its start. */
    public TargetStatus asked(Target target) {
        TargetState state = asked.getOrDefault(target.name(), TargetState.NEW);
        return status(target.name(), target, 0, null, 0, state);
    }

    private TargetStatus status(
            String name,
            @Nullable Target target,
            int waiting,
            @Nullable Instant oldest,
            int dead,
            TargetState state) {
        return new TargetStatus(
                name,
                target == null ? null : target.shown(),
                !options.secrets().getOrDefault(name, List.of()).isEmpty(),
                waiting,
                oldest,
                dead,
                instant(state.succeededMillis()),
                instant(state.failedMillis()),
                state.reason());
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    /** How many messages wait; not more than five seconds old. */
    public int waiting(String target) {
        return outbox.count(target).waiting();
    }

    /** How long the oldest message has waited; zero when none waits. */
    public Duration oldest(String target) {
        long oldest = outbox.count(target).oldestMillis();
        return oldest == 0
                ? Duration.ZERO
                : Duration.ofMillis(Math.max(0, clocks.wall().millis() - oldest));
    }

    /** How many dead letters are kept. */
    public int dead(String target) {
        return outbox.deadCount(target);
    }

    /** Dead letters whose numbers are above that, the oldest first. */
    public List<DeadLetter> deadLetters(String target, long after, int limit) {
        return outbox.deadLetters(target, after, limit);
    }

    /** Sends a dead letter again from its first attempt; false when there is none. */
    public boolean retry(String target, long number) {
        return outbox.retry(target, number, clocks.wall().millis());
    }

    /** Forgets a dead letter; false when there is none. */
    public boolean discard(String target, long number) {
        return outbox.discard(target, number);
    }

    /** Forgets all that waits for a target and its dead letters. */
    public void discardAll(String target) {
        outbox.discardAll(target);
    }

    /** The target of that name, if events are sent to it. */
    public Optional<Target> target(String name) {
        return Optional.ofNullable(targets.get(name));
    }

    /** Breaks off what is under way; what is not delivered waits for the next start. */
    @Override
    public void close() {
        closing = true;
        caller.close();
        tasks.forEach(LeasedTask::close);
    }
}
