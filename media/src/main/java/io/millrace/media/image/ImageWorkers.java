package io.millrace.media.image;

import io.millrace.kit.MonotonicClock;
import io.millrace.media.Asker;
import io.millrace.media.ImageFigures;
import io.millrace.media.image.Counts.Turned;
import io.millrace.media.process.RefusedException;
import io.millrace.media.worker.Frames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The image work of this server: pictures wait in lanes by their {@link Weight}, in fair turns
 * between those who ask, and are made by worker processes, so that a decoder's crash takes down
 * none of the server.
 *
 * <p>A picture that several ask for at once is made once, and given up when the last of them has
 * gone. A worker that is lost costs nobody anything the first time: another one tries. What fails
 * dearly (too much time, too much memory, two workers) is remembered, and answered at once from
 * then on. Everything that waits holds names and no bytes. Thread-safe.
 */
public final class ImageWorkers implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration REMEMBER = Duration.ofHours(1);
    private static final int MOST_REMEMBERED = 10_000;
    private static final int MOST_WEIGHTS = 10_000;

    /** Requests for one picture at once; each is a connection and a parked thread. */
    private static final int MOST_TICKETS = 1_000;

    /** A refusal that took longer than this isn't worked out twice. */
    private static final Duration DEAR = Duration.ofSeconds(1);

    private final Settings settings;
    private final ScheduledExecutorService timer;
    private final ScheduledFuture<?> reaper;
    private final Counts counts = new Counts();
    private final Object lock = new Object();
    private final Map<Weight, Lane> lanes = new EnumMap<>(Weight.class);
    private final Map<String, Job> jobs = new HashMap<>();
    private final BadPictures bad = new BadPictures(MOST_REMEMBERED, REMEMBER, CLOCK);
    private final Attempts attempts;

    /** What was found to be more than light, by content and process. */
    private final Map<String, Weight> weights =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Weight> eldest) {
                    return size() > MOST_WEIGHTS;
                }
            };

    private boolean closed;

    /**
     * What it needs.
     *
     * @param light most workers at once for light work; heavier work has workers of its own
     * @param queue most pictures that wait for a worker, in each class
     * @param deadline the processor time that one picture may use; three times as long by the clock
     * @param libvips name or path of the library
     * @param directory where workers run
     */
    public record Settings(
            int light, int queue, Duration deadline, String libvips, Path directory) {}

    /** One class's queue and workers. */
    private static final class Lane {
        final Turns<Job> turns = new Turns<>();
        final WorkerPool pool;
        final int places;
        int waiting;
        int running;
        long begun;
        long waitNanos;
        long done;
        long workNanos;
        long passedOn;
        long expectedNanos = 50_000_000;

        Lane(WorkerPool pool, int places) {
            this.pool = pool;
            this.places = places;
        }
    }

    /** {@code timer} ends late requests and idle workers; it stays the caller's. */
    public ImageWorkers(Settings settings, ScheduledExecutorService timer) {
        this.settings = settings;
        this.timer = timer;
        this.attempts = new Attempts(lock, settings.deadline(), counts, bad);
        for (Weight weight : Weight.values()) {
            WorkerPool pool =
                    new WorkerPool(weight, settings.libvips(), settings.directory(), timer, counts);
            lanes.put(weight, new Lane(pool, weight.places(settings.light())));
        }
        this.reaper =
                timer.scheduleWithFixedDelay(
                        () -> lanes.values().forEach(l -> l.pool.retireIdle(IDLE.toNanos())),
                        10,
                        10,
                        TimeUnit.SECONDS);
    }

    /**
     * Makes a picture, or waits for who makes it; takes {@code work} over.
     *
     * @throws RefusedException with what is wrong with the image, the process or this machine
     */
    public Encoded run(ImageWork work, Asker asker) {
        Ticket ticket;
        try {
            ticket = enter(work, asker.name());
        } catch (RefusedException e) {
            work.close().run();
            throw e;
        }
        asker.whenGone().accept(() -> leave(work.sameAs(), ticket));
        try {
            return ticket.answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            leave(work.sameAs(), ticket);
            throw busy();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RefusedException refused
                    ? refused
                    : new IllegalStateException(e.getCause());
        }
    }

    /** The version of libvips, starting a worker to find out; refused when there is none. */
    public synchronized String version() {
        WorkerPool light = lane(Weight.LIGHT).pool;
        if (light.version().isEmpty()) {
            light.giveBack(light.take());
        }
        return light.version();
    }

    /** How many processes there are now. */
    public int running() {
        return lanes.values().stream().mapToInt(l -> l.pool.running()).sum();
    }

    /** How many there may be. */
    public int limit() {
        return lanes.values().stream().mapToInt(l -> l.places).sum();
    }

    /** How it goes. */
    public ImageFigures figures() {
        List<ImageFigures.Lane> each = new ArrayList<>();
        synchronized (lock) {
            lanes.forEach(
                    (weight, l) ->
                            each.add(
                                    new ImageFigures.Lane(
                                            weight.word(),
                                            l.waiting,
                                            l.running,
                                            l.pool.running(),
                                            l.begun,
                                            l.waitNanos,
                                            l.done,
                                            l.workNanos,
                                            l.passedOn)));
        }
        return new ImageFigures(
                each,
                counts.joined.sum(),
                counts.retried.sum(),
                counts.remembered.sum(),
                counts.turned(),
                counts.gone.sum(),
                counts.started.sum(),
                counts.ended());
    }

    @Override
    public void close() {
        reaper.cancel(false);
        List<Job> left;
        synchronized (lock) {
            closed = true;
            left = jobs.values().stream().filter(j -> j.state == Job.State.WAITING).toList();
        }
        left.forEach(j -> fail(j, busy()));
        lanes.values().forEach(l -> l.pool.close());
    }

    private Lane lane(Weight weight) {
        return java.util.Objects.requireNonNull(lanes.get(weight));
    }

    /** Joins who wants the same, or queues up. */
    private Ticket enter(ImageWork work, String asker) {
        requireSize(work.source(), "The image");
        work.watermarks().forEach(w -> requireSize(w, "A watermark"));
        bad.find(work.alike())
                .ifPresent(
                        refusal -> {
                            counts.remembered.increment();
                            throw refusal;
                        });
        Ticket ticket = new Ticket();
        Job out = null;
        boolean joined = false;
        synchronized (lock) {
            if (closed) {
                throw busy();
            }
            Job job = jobs.get(work.sameAs());
            if (job != null) {
                joined = true;
                join(job, asker, ticket);
            } else {
                Weight weight = weights.getOrDefault(work.alike(), Weight.LIGHT);
                out = makeRoom(lane(weight), asker);
                job = new Job(work, weight);
                job.tickets.add(ticket);
                job.askers.add(asker);
                jobs.put(work.sameAs(), job);
                enqueue(job);
            }
        }
        if (joined) {
            work.close().run();
        }
        turnAway(out);
        return ticket;
    }

    private void join(Job job, String asker, Ticket ticket) {
        if (job.tickets.size() >= MOST_TICKETS) {
            counts.turned(Turned.FULL);
            throw busy();
        }
        counts.joined.increment();
        job.tickets.add(ticket);
        if (job.askers.add(asker) && job.state == Job.State.WAITING) {
            lane(job.weight).turns.add(asker, job);
        }
    }

    /**
     * Where the queue is full: whoever has the most in it gives way.
     *
     * @return what was taken out, to be turned away; null where there was room
     * @throws RefusedException when that is the newcomer
     */
    private @Nullable Job makeRoom(Lane lane, String asker) {
        if (lane.waiting < settings.queue() || lane.running < lane.places) {
            return null;
        }
        Job out = lane.turns.giveWay(asker);
        if (out == null) {
            counts.turned(Turned.FULL);
            throw busy();
        }
        counts.turned(Turned.PUSHED_OUT);
        takeOut(out);
        return out;
    }

    private void enqueue(Job job) {
        Lane lane = lane(job.weight);
        job.state = Job.State.WAITING;
        job.sinceNanos = CLOCK.nanos();
        job.askers.forEach(a -> lane.turns.add(a, job));
        lane.waiting++;
        long patience = Math.max(settings.deadline().toMillis(), 30_000);
        job.expiry = timer.schedule(() -> expire(job), patience, TimeUnit.MILLISECONDS);
        begin(lane);
    }

    private void expire(Job job) {
        synchronized (lock) {
            if (job.state != Job.State.WAITING) {
                return;
            }
            counts.turned(Turned.EXPIRED);
        }
        fail(job, busy());
    }

    /** Gives free places to those whose turn it is. */
    private void begin(Lane lane) {
        while (lane.running < lane.places) {
            long expected = lane.expectedNanos;
            Turns.Next<Job> next = lane.turns.poll(expected);
            if (next == null) {
                return;
            }
            Job job = next.job();
            job.state = Job.State.RUNNING;
            cancelExpiry(job);
            lane.waiting--;
            lane.running++;
            lane.begun++;
            lane.waitNanos += CLOCK.nanos() - job.sinceNanos;
            Thread.ofVirtual()
                    .name("image-" + job.weight.word())
                    .start(() -> work(job, lane, next.asker(), expected));
        }
    }

    private static void cancelExpiry(Job job) {
        ScheduledFuture<?> expiry = job.expiry;
        if (expiry != null) {
            expiry.cancel(false);
        }
    }

    private void work(Job job, Lane lane, String asker, long expected) {
        long start = CLOCK.nanos();
        Encoded encoded = null;
        RefusedException refused = null;
        Weight next = null;
        try {
            encoded = attempts.run(job, lane.pool);
        } catch (RefusedException e) {
            refused = e;
            if (e.status() == 400 && CLOCK.hasElapsed(start, DEAR)) {
                bad.remember(job.work.alike(), e);
            }
        } catch (Heavier e) {
            next = job.weight.above(e.millis());
        } catch (RuntimeException | Error e) {
            refused =
                    new RefusedException(500, "InternalError", "The image can't be processed now.")
                            .because(e.toString());
        }
        long used = CLOCK.nanos() - start;
        Job out = null;
        synchronized (lock) {
            lane.running--;
            lane.done++;
            lane.workNanos += used;
            lane.expectedNanos = (7 * lane.expectedNanos + used) / 8;
            lane.turns.done(asker, expected, used);
            if (next != null) {
                lane.passedOn++;
                weights.put(job.work.alike(), next);
                try {
                    out = roomToPassOn(job, lane(next), asker);
                    job.weight = next;
                    enqueue(job);
                } catch (RefusedException full) {
                    refused = full;
                }
            }
            begin(lane);
        }
        turnAway(out);
        if (encoded != null) {
            succeed(job, encoded);
        } else if (refused != null) {
            fail(job, refused);
        }
    }

    private @Nullable Job roomToPassOn(Job job, Lane heavier, String asker) {
        if (job.abandoned || closed) {
            throw busy();
        }
        return makeRoom(heavier, asker);
    }

    /** Tells those who waited for a job that was taken out; outside of the lock. */
    private static void turnAway(@Nullable Job out) {
        if (out != null) {
            out.work.close().run();
            out.tickets.forEach(t -> t.answer.completeExceptionally(busy()));
        }
    }

    private void succeed(Job job, Encoded encoded) {
        for (Ticket ticket : over(job)) {
            ticket.answer.complete(encoded);
        }
    }

    private void fail(Job job, RefusedException refusal) {
        for (Ticket ticket : over(job)) {
            ticket.answer.completeExceptionally(refusal);
        }
    }

    /** Ends a job; gives those who wait for it. */
    private List<Ticket> over(Job job) {
        List<Ticket> tickets;
        synchronized (lock) {
            if (job.state == Job.State.OVER) {
                return List.of();
            }
            tickets = takeOut(job);
        }
        job.work.close().run();
        return tickets;
    }

    private List<Ticket> takeOut(Job job) {
        if (job.state == Job.State.WAITING) {
            Lane lane = lane(job.weight);
            lane.turns.remove(job);
            lane.waiting--;
            cancelExpiry(job);
        }
        job.state = Job.State.OVER;
        jobs.remove(job.work.sameAs(), job);
        return List.copyOf(job.tickets);
    }

    /** Somebody waits no more; with the last one the work ends, too. */
    private void leave(String sameAs, Ticket ticket) {
        if (ticket.answer.isDone()) {
            return;
        }
        Job unwanted = null;
        synchronized (lock) {
            Job job = jobs.get(sameAs);
            if (job == null || !job.tickets.remove(ticket)) {
                return;
            }
            counts.gone.increment();
            if (job.tickets.isEmpty() && job.state == Job.State.RUNNING) {
                abandon(job);
            } else if (job.tickets.isEmpty()) {
                unwanted = job;
            }
        }
        ticket.answer.completeExceptionally(busy());
        if (unwanted != null) {
            fail(unwanted, busy());
        }
    }

    private void abandon(Job job) {
        job.abandoned = true;
        jobs.remove(job.work.sameAs(), job);
        ImageWorker worker = job.worker;
        // What is light is done sooner than a new worker is started.
        if (worker != null && job.weight != Weight.LIGHT) {
            worker.kill();
        }
    }

    private static void requireSize(Picture picture, String what) {
        if (picture.sizeBytes() > Frames.MAX_SOURCE_BYTES) {
            throw RefusedException.tooLarge(
                    what + " has " + picture.sizeBytes() + " bytes; the most is 20971520 (20 MB).");
        }
        if (picture.sizeBytes() == 0) {
            throw RefusedException.badRequest(what + " has no bytes.");
        }
    }

    static RefusedException busy() {
        return new RefusedException(
                503, "ServiceUnavailable", "All image workers are busy; try again in a moment.");
    }
}
