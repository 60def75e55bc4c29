package io.millrace.media.probe;

import io.millrace.keyspace.Batch;
import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import io.millrace.media.process.RefusedException;
import io.millrace.media.video.StreamProbe;
import io.millrace.store.Store;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.log.Change;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.space.StoreException;
import io.millrace.work.FencedKeySpace;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes one object at a time. What can't be read is tried again a few times when the machine may
 * be to blame, then set aside with its reason; a broken file is never tried endlessly.
 */
final class Prober {
    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
    private static final int ATTEMPTS = 3;
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int MAX_REASON = 500;

    /** Segments of live streams: ten digits; their facts are known where they are made. */
    private static final Pattern SEGMENT = Pattern.compile("(.*/)?[0-9]{10}\\.(ts|m4s|mp4)");

    private final Store store;
    private final FencedKeySpace keySpace;
    private final StreamProbe streams;
    private final FailedProbes failed;
    private final InstantSource clock;
    private final BooleanSupplier closed;

    /** {@code closed} tells when to give up without a result: children die with the server. */
    Prober(
            Store store,
            FencedKeySpace keySpace,
            StreamProbe streams,
            FailedProbes failed,
            InstantSource clock,
            BooleanSupplier closed) {
        this.store = store;
        this.keySpace = keySpace;
        this.streams = streams;
        this.failed = failed;
        this.clock = clock;
        this.closed = closed;
    }

    /**
     * What the change asks for: probe what is new and whole, forget what is gone.
     *
     * @return whether a media file was probed
     */
    boolean handle(Change change) throws InterruptedException {
        return switch (change.kind()) {
            case PUT, SEAL -> probe(change.bucketId(), change.key(), change.versionId());
            case DELETE -> forget(change.bucketId(), change.key());
            // A growing object is probed once it is sealed; metadata change no facts.
            case APPEND, META -> false;
        };
    }

    /**
     * Probes the object as it is now and keeps what is found.
     *
     * @return whether it is a media file
     * @param versionId the version that is meant; another one there now has its own change to come;
     *     0 takes any
     */
    boolean probe(long bucketId, String key, long versionId) throws InterruptedException {
        Optional<Bucket> bucket = store.buckets().byId(bucketId);
        if (bucket.isEmpty() || isLiveSegment(key)) {
            return false;
        }
        ObjectName name = new ObjectName(bucket.get().name(), key);
        Optional<ObjectReader> found = open(name);
        if (found.isEmpty()) {
            return forget(bucketId, key);
        }
        try (ObjectReader object = found.get()) {
            Optional<Probe> known = known(name, bucketId, object);
            return known.isPresent()
                    ? isMedia(known.get().outcome())
                    : probe(name, bucketId, object, versionId);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.EXTENT_ELSEWHERE) {
                return false; // The node that has its bytes probes it.
            }
            throw e;
        }
    }

    /** What was found in these bytes before, by another node or before a restart. */
    private Optional<Probe> known(ObjectName name, long bucketId, ObjectReader object) {
        return Optional.ofNullable(keySpace.get(ProbeRow.key(bucketId, name.key())))
                .map(row -> ProbeRow.decode(name, row))
                .filter(before -> before.etag().equals(object.info().etag()))
                .filter(before -> !(before.outcome() instanceof ProbeOutcome.SetAside));
    }

    /** A segment of a live stream, by its name: its facts are known where it is made. */
    static boolean isLiveSegment(String key) {
        return SEGMENT.matcher(key).matches();
    }

    private static boolean isMedia(ProbeOutcome outcome) {
        return !(outcome instanceof ProbeOutcome.NoMedia);
    }

    private boolean probe(ObjectName name, long bucketId, ObjectReader object, long versionId)
            throws InterruptedException {
        String key = name.key();
        if (versionId != 0 && object.info().versionId() != versionId) {
            return false;
        }
        ProbeOutcome outcome = tried(() -> look(object));
        if (closed.getAsBoolean()) {
            throw new InterruptedException("closed during a probe; its outcome means nothing");
        }
        Probe probe =
                new Probe(
                        name,
                        object.info().etag(),
                        object.info().sizeBytes(),
                        clock.instant(),
                        outcome);
        keySpace.commit(
                Batch.builder()
                        .put(ProbeRow.key(bucketId, key), ProbeRow.encode(probe))
                        .relaxed()
                        .build());
        if (outcome instanceof ProbeOutcome.SetAside aside) {
            failed.failed(bucketId, name, aside.reason());
        } else {
            failed.well(bucketId, key);
        }
        return isMedia(outcome);
    }

    private Optional<ObjectReader> open(ObjectName name) {
        try {
            return store.objects().open(name.bucket(), name.key());
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NO_SUCH_BUCKET) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private ProbeOutcome look(ObjectReader object) {
        byte[] head = new byte[MediaKind.HEAD_BYTES];
        int length = object.read(0, head, 0, head.length);
        return switch (MediaKind.of(Arrays.copyOf(head, length))) {
            case MediaKind.Other _ -> new ProbeOutcome.NoMedia();
            case MediaKind.Image image -> ImageProbe.probe(object, image.format());
            case MediaKind.Stream _ -> streams.probe(object);
        };
    }

    private interface Attempt {
        ProbeOutcome run();
    }

    private ProbeOutcome tried(Attempt attempt) throws InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                return attempt.run();
            } catch (RefusedException e) {
                // 4xx: the file is to blame. 501: no engine, trying again brings none.
                if (e.status() != 503 || failures == ATTEMPTS || closed.getAsBoolean()) {
                    LOG.info("A probe found {}: {}", e.text(), e.detail());
                    return aside(failures, e.text());
                }
            } catch (StoreException e) {
                if (e.code() == StoreException.Code.EXTENT_ELSEWHERE) {
                    throw e;
                }
                if (failures == ATTEMPTS) {
                    return aside(failures, String.valueOf(e.getMessage()));
                }
            } catch (RuntimeException e) {
                LOG.warn("A probe failed", e);
                return aside(failures, "the probe failed; the server's log says why");
            }
            Thread.sleep(PAUSE.multipliedBy(failures));
        }
    }

    private static ProbeOutcome aside(int failures, String reason) {
        return new ProbeOutcome.SetAside(
                failures, reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON));
    }

    private boolean forget(long bucketId, String key) {
        failed.well(bucketId, key);
        byte[] row = ProbeRow.key(bucketId, key);
        if (keySpace.get(row) != null) {
            keySpace.commit(Batch.builder().delete(row).relaxed().build());
        }
        return false;
    }
}
