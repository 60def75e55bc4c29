package io.millrace.work.outgoing;

import io.millrace.keyspace.Batch;
import io.millrace.kit.Clocks;
import io.millrace.work.Tenure;
import io.millrace.work.WorkException;
import io.millrace.work.outgoing.Outbox.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers what waits for one target, while this node holds its lease. */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Set<Integer> LATER = Set.of(408, 409, 425, 429);

    private final Sender sender;
    private final Target target;
    private final SenderOptions options;
    private final Clocks clocks;

    Delivery(Sender sender, Target target, SenderOptions options, Clocks clocks) {
        this.sender = sender;
        this.target = target;
        this.options = options;
        this.clocks = clocks;
    }

    void run(Tenure tenure) throws InterruptedException {
        Outbox fenced = new Outbox(tenure.keySpace(), options, clocks.monotonic());
        while (tenure.await(LOOK)) {
            List<Waiting> due = due(fenced);
            while (!due.isEmpty() && tenure.goesOn() && !sender.closing()) {
                deliver(fenced, due);
                due = due(fenced);
            }
        }
    }

    private List<Waiting> due(Outbox fenced) {
        return fenced.due(target.name(), clocks.wall().millis(), options.callsOfTarget());
    }

    /** Side by side, as many as the target takes at a time. */
    private void deliver(Outbox fenced, List<Waiting> due) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            due.forEach(waiting -> threads.execute(() -> deliver(fenced, waiting)));
        }
    }

    private void deliver(Outbox fenced, Waiting waiting) {
        try {
            Message message = waiting.message();
            Reply reply =
                    sender.call(
                            target,
                            message.id(),
                            message.contentType(),
                            message.body(),
                            clocks.monotonic().deadline(options.callTime()),
                            options.callsOfTarget());
            String why = Sender.whyNot(reply);
            if (!why.isEmpty() && sender.closing()) {
                return; // broken off by us: no attempt
            }
            note(fenced, waiting, reply, why);
        } catch (WorkException e) {
            LOG.debug("{}: {}", target.name(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("What came of a call to {} could not be kept", target.name(), e);
        }
    }

    private void note(Outbox fenced, Waiting waiting, Reply reply, String why) {
        long now = clocks.wall().millis();
        Batch.Builder batch = Batch.builder();
        TargetState before = fenced.state(target.name()).orElse(TargetState.NEW);
        Sender.Outcome outcome;
        int gone = 0;
        if (why.isEmpty()) {
            outcome = Sender.Outcome.DELIVERED;
            Outbox.delivered(batch, waiting);
        } else {
            Message next = waiting.message().failed(now, why);
            boolean over = lasting(reply) || next.attempts() >= options.attempts();
            outcome = over ? Sender.Outcome.DEAD : Sender.Outcome.FAILED;
            if (over) {
                gone = fenced.dead(batch, target.name(), waiting, next);
            } else {
                long due = now + pause(next.attempts(), reply).toMillis();
                Outbox.later(batch, target.name(), waiting, next, due);
            }
        }
        TargetState after = sender.noted(target, before, reply, now);
        batch.put(OutgoingRows.state(target.name()), after.encode());
        if (!fenced.commit(batch.build())) {
            return; // discarded meanwhile
        }
        sender.count(target.name(), outcome);
        if (outcome == Sender.Outcome.DEAD) {
            sender.count(target.name(), Sender.Outcome.FAILED);
            LOG.warn(
                    "{} of {} is a dead letter, given up at attempt {}: {}",
                    waiting.message().type(),
                    target.name(),
                    waiting.message().attempts() + 1,
                    why);
        }
        for (int i = 0; i < gone; i++) {
            sender.count(target.name(), Sender.Outcome.DROPPED);
        }
    }

    /** Whether the same call again would come to the same. */
    private static boolean lasting(Reply reply) {
        return switch (reply) {
            case Reply.Answered a -> a.status() / 100 == 4 && !LATER.contains(a.status());
            case Reply.Failed f -> f.lasting();
        };
    }

    /** Twice as long each time, less up to a half by chance; longer when the host asks for it. */
    private Duration pause(int attempts, Reply reply) {
        long longest = options.longestPause().toMillis();
        long doubled = options.firstPause().toMillis() << Math.min(attempts - 1, 30);
        long most = Math.clamp(doubled, 1, longest);
        long millis = most - ThreadLocalRandom.current().nextLong(most / 2 + 1);
        long asked = reply instanceof Reply.Answered a ? a.retryAfter().toMillis() : 0;
        return Duration.ofMillis(Math.max(millis, Math.min(asked, longest)));
    }
}
