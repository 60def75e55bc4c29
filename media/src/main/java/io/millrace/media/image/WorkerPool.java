package io.millrace.media.image;

import io.millrace.kit.MonotonicClock;
import io.millrace.kit.process.ChildCommand;
import io.millrace.kit.process.ChildLimits;
import io.millrace.media.process.RefusedException;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The worker processes of one class of work: started when they are needed, ended after a minute
 * without work. How many there are is up to who takes them. Thread-safe.
 */
final class WorkerPool {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    /** The processor time that the kernel lets one worker use. */
    static final Duration CPU = Duration.ofMinutes(30);

    private final Weight weight;
    private final String libvips;
    private final Path directory;
    private final ScheduledExecutorService timer;
    private final Counts counts;
    private final AtomicInteger running = new AtomicInteger();
    private final Deque<ImageWorker> idle = new ArrayDeque<>();
    private volatile String version = "";
    private volatile @Nullable Unavailable unavailable;
    private boolean closed;

    private record Unavailable(RefusedException refusal, long sinceNanos) {}

    WorkerPool(
            Weight weight,
            String libvips,
            Path directory,
            ScheduledExecutorService timer,
            Counts counts) {
        this.weight = weight;
        this.libvips = libvips;
        this.directory = directory;
        this.timer = timer;
        this.counts = counts;
    }

    /** How many processes there are now. */
    int running() {
        return running.get();
    }

    /** The version of libvips in the workers; empty before the first one ran. */
    String version() {
        return version;
    }

    /** A worker that lives. @throws RefusedException 501 when none can be started */
    ImageWorker take() {
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

    /** Takes back one that may go on. */
    void giveBack(ImageWorker worker) {
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

    /** Takes back one that may not. */
    void end(ImageWorker worker) {
        running.decrementAndGet();
        worker.close();
    }

    /** Ends those that had no work for so long. */
    void retireIdle(long atLeastNanos) {
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

    void close() {
        synchronized (idle) {
            closed = true;
        }
        retireIdle(0);
    }

    private ImageWorker start() {
        Unavailable known = unavailable;
        if (known != null && CLOCK.nanos() - known.sinceNanos() < RETRY_AFTER.toNanos()) {
            throw known.refusal();
        }
        try {
            ImageWorker worker = started();
            running.incrementAndGet();
            counts.started.increment();
            unavailable = null;
            version = worker.version();
            return worker;
        } catch (WorkerLostException e) {
            RefusedException refusal =
                    e.exitCode() == WorkerMain.NO_LIBVIPS
                            ? notImplemented("libvips can't be loaded", e)
                            : notImplemented(
                                    "an image worker did not start (exit code "
                                            + e.exitCode()
                                            + ")",
                                    e);
            unavailable = new Unavailable(refusal, CLOCK.nanos());
            throw refusal;
        } catch (IOException e) {
            throw notImplemented("an image worker did not start", e);
        }
    }

    /** One that is killed while it starts says nothing about the next. */
    private ImageWorker started() throws IOException, WorkerLostException {
        try {
            return ImageWorker.start(command(), timer);
        } catch (WorkerLostException e) {
            if (e.exitCode() == WorkerMain.NO_LIBVIPS) {
                throw e;
            }
            counts.ended(Counts.Ended.LOST);
            return ImageWorker.start(command(), timer);
        }
    }

    private ChildCommand command() {
        ChildLimits limits = new ChildLimits(CPU, weight.memoryBytes(), 0, 64, weight.niceness());
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
                        libvips),
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
                        "TMPDIR", directory.toString()),
                directory,
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

    private static RefusedException notImplemented(String what, Exception reason) {
        String first = String.valueOf(reason.getMessage()).lines().findFirst().orElse("");
        return new RefusedException(
                        501,
                        "NotImplemented",
                        "Images can't be processed on this machine: "
                                + what
                                + "; millrace doctor says what to install.")
                .because(first);
    }
}
