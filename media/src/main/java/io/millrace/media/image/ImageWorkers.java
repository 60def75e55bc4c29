package io.millrace.media.image;

import io.millrace.kit.MonotonicClock;
import io.millrace.kit.process.ChildCommand;
import io.millrace.kit.process.ChildLimits;
import io.millrace.media.process.RefusedException;
import io.millrace.media.worker.Frames;
import io.millrace.media.worker.WorkerMain;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The image workers of this server. Each is a JVM with libvips in it, so that a decoder's crash
 * takes down one request and not the server; each serves one request at a time, and a request that
 * passes its deadline is ended by killing its worker. Workers start when they are needed, up to a
 * limit, and end after a minute without work. Thread-safe.
 */
public final class ImageWorkers implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    /** The processor time that the kernel lets one worker use. */
    static final Duration CPU = Duration.ofMinutes(30);

    private static final long MEMORY_BYTES = 1024L << 20;

    private final Settings settings;
    private final ScheduledExecutorService timer;
    private final ScheduledFuture<?> reaper;
    private final Semaphore permits;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Deque<ImageWorker> idle = new ArrayDeque<>();
    private volatile String version = "";
    private volatile @Nullable Unavailable unavailable;
    private boolean closed;

    /**
     * What the pool needs.
     *
     * @param limit most workers at once
     * @param queue most requests that wait for one
     * @param deadline for one request, from the moment it has a worker
     * @param libvips name or path of the library
     * @param directory where workers run
     */
    public record Settings(
            int limit, int queue, Duration deadline, String libvips, Path directory) {}

    private record Unavailable(String reason, long sinceNanos) {}

    /** {@code timer} ends late requests and idle workers; it stays the caller's. */
    public ImageWorkers(Settings settings, ScheduledExecutorService timer) {
        this.settings = settings;
        this.timer = timer;
        this.permits = new Semaphore(settings.limit(), true);
        this.reaper =
                timer.scheduleWithFixedDelay(
                        () -> retireIdle(IDLE.toNanos()), 10, 10, TimeUnit.SECONDS);
    }

    /**
     * Runs {@code process}, an {@code image/…} in its canonical spelling.
     *
     * @throws RefusedException with what is wrong with the image, the process or this machine
     */
    public Encoded run(String process, Picture source, List<Picture> watermarks) {
        requireSize(source, "The image");
        watermarks.forEach(w -> requireSize(w, "A watermark"));
        enter();
        try {
            return withWorker(process, source, watermarks);
        } finally {
            permits.release();
        }
    }

    /** The version of libvips, starting a worker to find out; refused when there is none. */
    public String version() {
        if (version.isEmpty()) {
            enter();
            try {
                giveBack(take());
            } finally {
                permits.release();
            }
        }
        return version;
    }

    /** How many processes there are now. */
    public int running() {
        return running.get();
    }

    /** How many there may be. */
    public int limit() {
        return settings.limit();
    }

    @Override
    public void close() {
        reaper.cancel(false);
        synchronized (idle) {
            closed = true;
        }
        retireIdle(0);
    }

    private Encoded withWorker(String process, Picture source, List<Picture> watermarks) {
        ImageWorker worker = take();
        boolean usable = false;
        try {
            Encoded encoded = worker.exchange(process, source, watermarks, settings.deadline());
            usable = true;
            return encoded;
        } catch (RefusedException e) {
            usable = true;
            throw e;
        } catch (WorkerLostException e) {
            throw refusal(e);
        } finally {
            if (usable) {
                giveBack(worker);
            } else {
                end(worker);
            }
        }
    }

    /** Waits for a place; the queue and the wait are bounded. */
    private void enter() {
        if (waiting.incrementAndGet() > settings.queue() + settings.limit()) {
            waiting.decrementAndGet();
            throw busy();
        }
        try {
            if (!permits.tryAcquire(settings.deadline().toMillis() * 3, TimeUnit.MILLISECONDS)) {
                throw busy();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        } finally {
            waiting.decrementAndGet();
        }
    }

    private ImageWorker take() {
        while (true) {
            ImageWorker worker;
            synchronized (idle) {
                worker = idle.pollFirst();
            }
            if (worker == null) {
                return start();
            }
            if (worker.alive()) {
                return worker;
            }
            end(worker);
        }
    }

    private ImageWorker start() {
        Unavailable known = unavailable;
        if (known != null && CLOCK.nanos() - known.sinceNanos() < RETRY_AFTER.toNanos()) {
            throw notImplemented(known.reason());
        }
        try {
            ImageWorker worker = ImageWorker.start(command(), timer);
            running.incrementAndGet();
            unavailable = null;
            version = worker.version();
            return worker;
        } catch (WorkerLostException e) {
            boolean none = e.exitCode() == WorkerMain.NO_LIBVIPS;
            String reason =
                    none
                            ? "libvips is missing: " + e.getMessage()
                            : "an image worker did not start (exit code "
                                    + e.exitCode()
                                    + "): "
                                    + e.getMessage();
            unavailable = new Unavailable(reason, CLOCK.nanos());
            throw notImplemented(reason);
        } catch (IOException e) {
            throw notImplemented("an image worker did not start: " + e.getMessage());
        }
    }

    private void giveBack(ImageWorker worker) {
        if (worker.worn()) {
            running.decrementAndGet();
            Thread.ofVirtual().name("image-worker-retire").start(worker::retire);
            return;
        }
        synchronized (idle) {
            if (!closed) {
                idle.addFirst(worker);
                return;
            }
        }
        end(worker);
    }

    private void end(ImageWorker worker) {
        running.decrementAndGet();
        worker.close();
    }

    private void retireIdle(long atLeastNanos) {
        List<ImageWorker> old = new ArrayList<>();
        synchronized (idle) {
            while (!idle.isEmpty() && idle.peekLast().idleNanos() >= atLeastNanos) {
                old.add(idle.pollLast());
            }
        }
        for (ImageWorker worker : old) {
            running.decrementAndGet();
            worker.retire();
        }
    }

    private ChildCommand command() {
        ChildLimits limits = new ChildLimits(CPU, MEMORY_BYTES, 0, 64, 5);
        return new ChildCommand(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-XX:-UsePerfData",
                        "-XX:+DisplayVMOutputToStderr",
                        "-XX:+SuppressFatalErrorMessage",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath(),
                        WorkerMain.class.getName(),
                        settings.libvips()),
                Map.of(
                        "MALLOC_ARENA_MAX", "2",
                        // Buffers of a few megabytes come and go by the thousand: without these
                        // each is a mapping of its own, and the kernel clears its pages.
                        "MALLOC_MMAP_THRESHOLD_", "8388608",
                        "MALLOC_TRIM_THRESHOLD_", "67108864",
                        "MALLOC_TOP_PAD_", "4194304",
                        // Never spill pictures to the disk: the memory limit is the limit.
                        "VIPS_DISC_THRESHOLD", "64g",
                        "VIPS_WARNING", "off",
                        "TMPDIR", settings.directory().toString()),
                settings.directory(),
                limits);
    }

    private static String classPath() {
        try {
            return Path.of(
                            WorkerMain.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private RefusedException refusal(WorkerLostException e) {
        if (e.late()) {
            return e.busy()
                    ? RefusedException.tooLarge(
                            "The image takes more than "
                                    + settings.deadline().toSeconds()
                                    + " s to process.")
                    : busy();
        }
        if (e.outOfMemory()) {
            return RefusedException.tooLarge("The image takes too much memory to process.");
        }
        return new RefusedException(
                500,
                "InternalError",
                "The image worker ended while it worked on this image (exit code "
                        + e.exitCode()
                        + "). Other requests are not affected; try once more.");
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

    private static RefusedException busy() {
        return new RefusedException(
                503, "ServiceUnavailable", "All image workers are busy; try again in a moment.");
    }

    private static RefusedException notImplemented(String reason) {
        return new RefusedException(
                501,
                "NotImplemented",
                "Images can't be processed on this machine: "
                        + reason.lines().findFirst().orElse(""));
    }
}
