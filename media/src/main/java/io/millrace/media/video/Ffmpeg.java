package io.millrace.media.video;

import io.millrace.kit.process.Child;
import io.millrace.kit.process.ChildCommand;
import io.millrace.kit.process.ChildLimits;
import io.millrace.kit.process.ChildResult;
import io.millrace.kit.process.ChildRun;
import io.millrace.kit.process.Programs;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * ffmpeg and ffprobe under limits: so many at once, so long, so much memory, and of the network
 * nothing but the one object that they are for. Playlists (hls, dash, concat), which would make
 * them open further addresses, are off. Thread-safe.
 */
public final class Ffmpeg implements AutoCloseable {
    /** Demuxers that read one self-contained file. */
    private static final String FORMATS =
            "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,flv,avi,asf,mp3,aac,wav,flac,"
                    + "ogg,h264,hevc,ivf,av1,obu,amr,aiff,caf";

    private static final long MEMORY_BYTES = 1536L << 20;
    private static final long MAX_READ_BYTES = 4L << 30;

    private final Settings settings;
    private final Semaphore permits;
    private final AtomicInteger waiting = new AtomicInteger();
    private final @Nullable Path ffmpeg;
    private final @Nullable Path ffprobe;
    private final Set<Child> children = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile @Nullable String ffmpegVersion;
    private volatile @Nullable String ffprobeVersion;

    /**
     * What it needs.
     *
     * @param limit most children at once
     * @param queue most requests that wait for one
     * @param deadline for one child
     * @param ffmpeg the program, null finds it on the PATH; ffprobe is looked for beside it
     * @param directory where children run
     */
    public record Settings(
            int limit, int queue, Duration deadline, @Nullable String ffmpeg, Path directory) {}

    public Ffmpeg(Settings settings) {
        this.settings = settings;
        this.permits = new Semaphore(settings.limit(), true);
        String name = settings.ffmpeg();
        this.ffmpeg = Programs.find(name == null ? "ffmpeg" : name).orElse(null);
        Path beside = ffmpeg == null ? null : ffmpeg.resolveSibling("ffprobe");
        Optional<Path> probe = beside == null ? Optional.empty() : Programs.find(beside.toString());
        this.ffprobe = probe.or(() -> Programs.find("ffprobe")).orElse(null);
    }

    /** Kills what runs and whatever would still start. */
    @Override
    public void close() {
        closed = true;
        children.forEach(Child::kill);
    }

    /** The version of ffmpeg, such as {@code 5.1.9}; empty when there is none that runs. */
    public String ffmpegVersion() {
        String known = ffmpegVersion;
        if (known == null) {
            known = version(ffmpeg);
            ffmpegVersion = known;
        }
        return known;
    }

    /** The version of ffprobe; empty when there is none that runs. */
    public String ffprobeVersion() {
        String known = ffprobeVersion;
        if (known == null) {
            known = version(ffprobe);
            ffprobeVersion = known;
        }
        return known;
    }

    /** The programs that can't be run now, each with how to get it. */
    public List<String> missing() {
        List<String> missing = new ArrayList<>();
        missing(missing, ffmpeg, "ffmpeg");
        missing(missing, ffprobe, "ffprobe");
        return missing;
    }

    private static void missing(List<String> missing, @Nullable Path program, String name) {
        if (program == null) {
            missing.add(detail(null, name) + ", then start the server again");
        } else if (!Files.isExecutable(program)) {
            missing.add(program + " can't be run any more; apt-get install ffmpeg brings it");
        }
    }

    /** Where ffmpeg is, or how to get it. */
    public String ffmpegDetail() {
        return detail(ffmpeg, "ffmpeg");
    }

    /** Where ffprobe is, or how to get it. */
    public String ffprobeDetail() {
        return detail(ffprobe, "ffprobe");
    }

    /**
     * Runs ffmpeg on {@code object}.
     *
     * @param arguments gets the input's own options and address, gives the whole argument list
     * @throws RefusedException 501 without ffmpeg, 503 when too many wait or the child is late
     */
    ChildResult.Exited ffmpeg(
            ObjectReader object, int maxOutputBytes, UnaryOperator<List<String>> arguments) {
        return run(require(ffmpeg, "ffmpeg"), object, maxOutputBytes, arguments);
    }

    /** Runs ffprobe on {@code object}; likewise. */
    ChildResult.Exited ffprobe(
            ObjectReader object, int maxOutputBytes, UnaryOperator<List<String>> arguments) {
        return run(require(ffprobe, "ffprobe"), object, maxOutputBytes, arguments);
    }

    private ChildResult.Exited run(
            Path program,
            ObjectReader object,
            int maxOutputBytes,
            UnaryOperator<List<String>> arguments) {
        enter();
        try (LoopbackObject address = new LoopbackObject(object, MAX_READ_BYTES)) {
            List<String> input =
                    List.of(
                            "-protocol_whitelist",
                            "http,tcp",
                            "-format_whitelist",
                            FORMATS,
                            "-i",
                            address.url());
            List<String> command = new ArrayList<>(List.of(program.toString()));
            command.addAll(arguments.apply(input));
            return exited(
                    ChildRun.run(
                            command(command), settings.deadline(), maxOutputBytes, this::started));
        } catch (IOException e) {
            throw new RefusedException(
                    503, "ServiceUnavailable", "No loopback address is free; try again.");
        } finally {
            permits.release();
        }
    }

    private void started(Child child) {
        children.removeIf(other -> !other.alive());
        children.add(child);
        if (closed) {
            child.kill();
        }
    }

    private ChildResult.Exited exited(ChildResult result) {
        return switch (result) {
            case ChildResult.Exited exited -> exited;
            case ChildResult.TimedOut _ ->
                    throw RefusedException.badRequest(
                            "The video takes more than "
                                    + settings.deadline().toSeconds()
                                    + " s to read.");
            case ChildResult.TooMuchOutput _ ->
                    throw RefusedException.tooLarge("The picture has too many bytes.");
            case ChildResult.NotStarted not ->
                    throw new RefusedException(
                                    503, "ServiceUnavailable", "ffmpeg did not start; try again.")
                            .because(not.reason());
        };
    }

    private ChildCommand command(List<String> command) {
        Duration cpu = settings.deadline().multipliedBy(2).plusSeconds(1);
        return new ChildCommand(
                command,
                Map.of(),
                settings.directory(),
                new ChildLimits(cpu, MEMORY_BYTES, 0, 64, 10));
    }

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

    private String version(@Nullable Path program) {
        if (program == null) {
            return "";
        }
        ChildResult result =
                ChildRun.run(
                        command(List.of(program.toString(), "-version")),
                        Duration.ofSeconds(10),
                        1 << 20);
        if (!(result instanceof ChildResult.Exited exited) || exited.exitCode() != 0) {
            return "";
        }
        String text = new String(exited.output(), StandardCharsets.UTF_8);
        String[] words = text.lines().findFirst().orElse("").split(" ");
        return words.length > 2 && words[1].equals("version") ? words[2] : "unknown";
    }

    private static Path require(@Nullable Path program, String name) {
        if (program == null) {
            throw new RefusedException(
                    501,
                    "NotImplemented",
                    "Videos can't be processed on this machine: " + detail(null, name) + ".");
        }
        return program;
    }

    private static String detail(@Nullable Path program, String name) {
        return program == null
                ? name + " is missing; apt-get install ffmpeg brings it"
                : program.toString();
    }

    private static RefusedException busy() {
        return new RefusedException(
                503, "ServiceUnavailable", "All video workers are busy; try again in a moment.");
    }
}
