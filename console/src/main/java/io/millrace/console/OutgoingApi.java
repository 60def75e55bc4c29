package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.work.outgoing.DeadLetter;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.TargetStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls to hosts of others: how they go, what waits, and what was given up. */
final class OutgoingApi {
    private static final int MOST = 500;

    private final Gate gate;
    private final Sender sender;
    private final Access access;

    OutgoingApi(Gate gate, Sender sender, Access access) {
        this.gate = gate;
        this.sender = sender;
        this.access = access;
    }

    void register(Router router) {
        router.get("/api/outgoing", this::list)
                .get("/api/outgoing/{target}/dead", this::dead)
                .post("/api/outgoing/{target}/test", this::test)
                .post("/api/outgoing/{target}/dead/{number}/retry", this::retry)
                .delete("/api/outgoing/{target}/dead/{number}", this::discard)
                .delete("/api/outgoing/{target}", this::discardAll);
    }

    /**
     * A target.
     *
     * @param kind {@code queue}: what it is told waits until it arrives; {@code question}: it is
     *     asked and answers at once
     * @param address scheme, host and port; null when the setting is gone and rows are left
     * @param state {@code new}, {@code well}, {@code failing} or {@code unset}
     */
    private record TargetJson(
            String name,
            String kind,
            @Nullable String address,
            boolean signed,
            String state,
            int waiting,
            @Nullable Instant oldest,
            int dead,
            @Nullable Instant lastSuccess,
            @Nullable Instant lastFailure,
            String reason) {
        static TargetJson of(String kind, TargetStatus t) {
            return new TargetJson(
                    t.name(),
                    kind,
                    t.address(),
                    t.signed(),
                    state(t),
                    t.waiting(),
                    t.oldest(),
                    t.dead(),
                    t.succeeded(),
                    t.failed(),
                    t.reason());
        }

        private static String state(TargetStatus t) {
            if (t.address() == null) {
                return "unset";
            }
            if (t.failing()) {
                return "failing";
            }
            return t.succeeded() == null ? "new" : "well";
        }
    }

    private record TargetList(List<TargetJson> targets) {}

    private record DeadList(List<DeadLetter> letters, @Nullable String next) {}

    private record Sent(String id) {}

    private void list(Call call) {
        gate.require(call, "admin:Status", "*");
        List<TargetJson> all = new ArrayList<>();
        sender.queues().forEach(t -> all.add(TargetJson.of("queue", t)));
        try {
            access.deviceHook().ifPresent(t -> all.add(TargetJson.of("question", sender.asked(t))));
        } catch (OutgoingException e) {
            // An address that earlier versions took; the page of devices says that it is unusable.
        }
        call.json(new TargetList(all));
    }

    private void dead(Call call) {
        gate.require(call, "admin:Status", "*");
        int limit = call.number("limit", MOST, 1, MOST);
        long after = number(call.parameter("after", "0"));
        List<DeadLetter> found = sender.deadLetters(call.variable("target"), after, limit + 1);
        boolean more = found.size() > limit;
        List<DeadLetter> page = more ? found.subList(0, limit) : found;
        call.json(new DeadList(page, more ? Long.toString(page.getLast().number()) : null));
    }

    private void test(Call call) {
        gate.require(call, "admin:Outgoing", "*");
        try {
            call.json(new Sent(sender.test(call.variable("target"))));
        } catch (OutgoingException e) {
            throw switch (e.code()) {
                case FULL ->
                        new ApiError(
                                409,
                                "Full",
                                "The queue is full.",
                                "Mend the receiver, or discard what waits.");
                case UNKNOWN ->
                        ApiError.notFound(
                                "Nothing is sent to that target.", "Set hooks.events first.");
                case INVALID, FORMAT, UNAVAILABLE -> e;
            };
        }
    }

    private void retry(Call call) {
        gate.require(call, "admin:Outgoing", "*");
        done(call, sender.retry(call.variable("target"), number(call.variable("number"))));
    }

    private void discard(Call call) {
        gate.require(call, "admin:Outgoing", "*");
        done(call, sender.discard(call.variable("target"), number(call.variable("number"))));
    }

    private void discardAll(Call call) {
        gate.require(call, "admin:Outgoing", "*");
        sender.discardAll(call.variable("target"));
        call.done();
    }

    private static void done(Call call, boolean found) {
        if (!found) {
            throw ApiError.notFound("There is no such dead letter.", "See the list.");
        }
        call.done();
    }

    private static long number(String text) {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw ApiError.invalid("The number is none.", "Take it from the list.");
        }
    }
}
