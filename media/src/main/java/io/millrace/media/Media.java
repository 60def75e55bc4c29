package io.millrace.media;

import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Opened;
import io.millrace.media.image.ImageWorkers;
import io.millrace.media.probe.Probes;
import io.millrace.media.process.RefusedException;
import io.millrace.media.video.Ffmpeg;
import io.millrace.media.video.Snapshots;
import io.millrace.media.video.StreamProbe;
import io.millrace.store.Store;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;

/**
 * The door of the media module: image and video processing on stored objects, and what uploads
 * turned out to hold.
 *
 * <p>Thread-safe; {@link #run} blocks and is meant for virtual threads. The native engines
 * (libvips, ffmpeg) are the system's; without them this still opens, and what needs them is refused
 * with 501 and the reason.
 */
public final class Media implements AutoCloseable {
    private final Path directory;
    private final ScheduledThreadPoolExecutor timer;
    private final ImageWorkers workers;
    private final Ffmpeg ffmpeg;
    private final Processor processor;
    private final Probes probes;

    private Media(
            Store store, KeySpace keySpace, Leases leases, MediaOptions options, Clocks clocks)
            throws IOException {
        directory = Files.createTempDirectory("millrace-media");
        timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("media-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
        workers =
                new ImageWorkers(
                        new ImageWorkers.Settings(
                                options.imageWorkers(),
                                options.queue(),
                                options.imageDeadline(),
                                options.libvipsOrSystem(),
                                directory),
                        timer);
        ffmpeg =
                new Ffmpeg(
                        new Ffmpeg.Settings(
                                options.videoWorkers(),
                                options.queue(),
                                options.videoDeadline(),
                                options.ffmpeg(),
                                directory));
        processor = new Processor(store, workers, new Snapshots(ffmpeg));
        probes = new Probes(store, keySpace, leases, new StreamProbe(ffmpeg), clocks.wall());
    }

    /**
     * Opens the module and starts the probes.
     *
     * @param store where the objects are; closed by the caller, after this
     * @param keySpace where probes are kept (family {@code P})
     * @param leases under which one node at a time looks at uploads
     */
    public static Media open(
            Store store, KeySpace keySpace, Leases leases, MediaOptions options, Clocks clocks) {
        try (Opened opened = new Opened()) {
            Media media = opened.add(new Media(store, keySpace, leases, options, clocks));
            media.probes.start();
            opened.keep();
            return media;
        } catch (IOException e) {
            throw new UncheckedIOException("No directory for temporary files could be made", e);
        }
    }

    /**
     * Parses {@code process}, the value of {@code x-oss-process} after percent-decoding, such as
     * {@code image/resize,w_400/format,webp}. Never fails and reads nothing: what is wrong with the
     * process is told by {@link #run}.
     */
    public ProcessPlan plan(String bucket, String key, String process) {
        return ProcessPlan.of(new ObjectName(bucket, key), process);
    }

    /**
     * ETag and time of what {@link #run} would give, for conditional requests; empty when the
     * process is wrong or the source does not exist.
     */
    public Optional<ProcessAnswer.Version> version(ProcessPlan plan) {
        return processor.version(plan);
    }

    /**
     * Does the work, within the limits of {@link MediaOptions}; for an image, when it is this
     * asker's turn. When the asker has gone the answer is a refusal that nobody reads.
     */
    public ProcessAnswer run(ProcessPlan plan, Asker asker) {
        return processor.run(plan, asker);
    }

    /** How the image work goes. */
    public ImageFigures imageFigures() {
        return workers.figures();
    }

    /** Changes that the probes haven't looked at yet, over all shards. */
    public long probeBacklog() {
        return probes.backlog();
    }

    /**
     * Objects that look like media and that this node could not read, the newest first: those of
     * the last day, at most 100.
     */
    public List<FailedProbe> failedProbes() {
        return probes.failed();
    }

    /** The programs that are missing now, each with how to get it; starts nothing. */
    public List<String> missing() {
        return ffmpeg.missing();
    }

    /**
     * What the probe of this object found; empty while it was not probed, which {@link #probeState}
     * tells more of.
     */
    public Optional<Probe> probe(String bucket, String key) {
        return probes.find(new ObjectName(bucket, key));
    }

    /** How far the probe of an object that exists has come. */
    public ProbeState probeState(String bucket, String key) {
        return probes.state(new ObjectName(bucket, key));
    }

    /** What this machine can process now; the first call starts an image worker to find out. */
    public MediaStatus status() {
        return new MediaStatus(
                images(),
                engine(ffmpeg.ffmpegVersion(), ffmpeg.ffmpegDetail()),
                engine(ffmpeg.ffprobeVersion(), ffmpeg.ffprobeDetail()),
                workers.running(),
                workers.limit());
    }

    private MediaStatus.Engine images() {
        try {
            return new MediaStatus.Engine(true, workers.version(), "libvips in worker processes");
        } catch (RefusedException e) {
            return new MediaStatus.Engine(
                    false,
                    "",
                    e.text() + " (" + e.detail() + "; apt-get install libvips42 brings it)");
        }
    }

    private static MediaStatus.Engine engine(String version, String detail) {
        return new MediaStatus.Engine(!version.isEmpty(), version, detail);
    }

    /** Stops the probes, ends workers and children. */
    @Override
    public void close() {
        ffmpeg.close();
        probes.close();
        workers.close();
        timer.shutdownNow();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // The system clears its own directory for temporary files.
        }
    }
}
