package io.millrace.media;

import java.util.Optional;

/**
 * The door of the media module: image and video processing on stored objects, and what uploads
 * turned out to hold.
 *
 * <p>Thread-safe; {@link #run} blocks and is meant for virtual threads.
 */
public final class Media implements AutoCloseable {

    private Media() {}

    /**
     * Parses {@code process}, the value of {@code x-oss-process} after percent-decoding, such as
     * {@code image/resize,w_400/format,webp}. Never fails and reads nothing: what is wrong with the
     * process is told by {@link #run}.
     */
    public ProcessPlan plan(String bucket, String key, String process) {
        return new ProcessPlan(new ObjectName(bucket, key));
    }

    /**
     * The ETag that {@link #run} would give, for conditional requests; empty when the source does
     * not exist.
     */
    public Optional<String> etag(ProcessPlan plan) {
        return Optional.empty();
    }

    /** Does the work, within the limits of {@link MediaOptions}. */
    public ProcessAnswer run(ProcessPlan plan) {
        return new ProcessAnswer.Refused(501, "NotImplemented", "Processing is not wired yet.");
    }

    /**
     * What the probe of this object found; empty while it was not probed yet, and for what is no
     * media.
     */
    public Optional<Probe> probe(String bucket, String key) {
        return Optional.empty();
    }

    /** What this machine can process now. */
    public MediaStatus status() {
        MediaStatus.Engine none = new MediaStatus.Engine(false, "", "not wired yet");
        return new MediaStatus(none, none, none, 0, 0);
    }

    /** Stops the probes, ends workers and children. */
    @Override
    public void close() {}
}
