package io.millrace.live;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The streams: set up, look up, watch over. Thread-safe; every change is durable on return. */
public interface Streams {
    /** Sets up a stream with the default segment length and a fresh key. */
    CreateOutcome create(String name, String bucket, String prefix);

    /** Sets up a stream with a fresh key; see {@link StreamInfo} for the ranges. */
    CreateOutcome create(String name, String bucket, String prefix, Duration segmentTarget);

    Optional<StreamInfo> get(String name);

    /** All streams by name. */
    List<StreamInfo> list();

    /** Ends the publisher and forgets the stream; recordings stay in the bucket as objects. */
    boolean delete(String name);

    /** Gives the stream a new key; a publisher with the old one is cut off. */
    Optional<StreamInfo> rotateKey(String name);

    Optional<StreamStatus> status(String name);

    /** Who asked in the last hour to publish to streams that there are not, the newest first. */
    List<Troubles.Stranger> strangers();

    /** What {@link #create} can answer. */
    sealed interface CreateOutcome {
        record Created(StreamInfo stream) implements CreateOutcome {}

        record Exists(StreamInfo stream) implements CreateOutcome {}

        record NoSuchBucket(String bucket) implements CreateOutcome {}

        /** A name, prefix or length outside its range; the reason says which. */
        record Invalid(String reason) implements CreateOutcome {}
    }
}
