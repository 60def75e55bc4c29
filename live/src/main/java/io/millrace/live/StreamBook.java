package io.millrace.live;

import io.millrace.live.record.Catalogue;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Session;
import io.millrace.live.record.SessionRow;
import io.millrace.live.record.Spool;
import io.millrace.live.record.StreamRow;
import io.millrace.live.record.Uploader;
import io.millrace.live.rtmp.Ingest;
import io.millrace.live.stream.Desk;
import io.millrace.live.stream.LiveStream;
import io.millrace.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The streams of this node: their settings in the catalogue, their owners in memory. */
final class StreamBook implements Streams, Ingest, Uploader.Watcher {
    private static final Logger LOG = LoggerFactory.getLogger(StreamBook.class);
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9-][a-zA-Z0-9._-]{0,63}");
    private static final Pattern PREFIX = Pattern.compile("([^/\\x00-\\x1f]+/)*");
    private static final int MAX_PREFIX = 256;
    private static final int MAX_STREAMS = 10_000;

    /** Compared against when there is no such stream, so that the answer takes as long. */
    private static final String NO_KEY = StreamKeys.fresh();

    private final Catalogue catalogue;
    private final Store store;
    private final Spool spool;
    private final StreamKeys keys;
    private final LiveOptions options;
    private final Map<String, LiveStream> owners = new ConcurrentSkipListMap<>();

    /** What the catalogue keeps last is what the owner in memory has. */
    private final Lock rotating = new ReentrantLock();

    private @Nullable Desk desk;

    StreamBook(
            Catalogue catalogue, Store store, Spool spool, StreamKeys keys, LiveOptions options) {
        this.catalogue = catalogue;
        this.store = store;
        this.spool = spool;
        this.keys = keys;
        this.options = options;
    }

    /** Takes up every stream that is kept; called once, before the door opens. */
    void open(Desk shared) {
        desk = shared;
        for (StreamRow row : catalogue.streams()) {
            owners.put(row.name(), owner(info(row), shared));
        }
    }

    private LiveStream owner(StreamInfo info, Desk shared) {
        return new LiveStream(info, shared, spooled(info.name()));
    }

    private List<SegmentRow> spooled(String stream) {
        List<SegmentRow> rows = new ArrayList<>();
        for (Spool.Name name : spool.names()) {
            if (name.stream().equals(stream)) {
                try {
                    spool.read(name).ifPresent(e -> rows.add(e.row()));
                } catch (IOException e) {
                    LOG.warn("a spool file of {} can't be read now: {}", stream, e.getMessage());
                }
            }
        }
        return rows;
    }

    private StreamInfo info(StreamRow row) {
        return new StreamInfo(
                row.name(),
                row.bucket(),
                row.prefix(),
                keys.open(row.name(), row.sealedKey()),
                Duration.ofMillis(row.segmentTargetMillis()),
                Instant.ofEpochMilli(row.createdMillis()));
    }

    private StreamRow row(StreamInfo info) {
        return new StreamRow(
                info.name(),
                info.bucket(),
                info.prefix(),
                keys.seal(info.name(), info.streamKey()),
                info.segmentTarget().toMillis(),
                info.createdAt().toEpochMilli());
    }

    private Desk desk() {
        return java.util.Objects.requireNonNull(desk, "opened");
    }

    Collection<LiveStream> owners() {
        return owners.values();
    }

    @Nullable LiveStream owner(String name) {
        return owners.get(name);
    }

    @Override
    public CreateOutcome create(String name, String bucket, String prefix) {
        return create(name, bucket, prefix, options.segmentTarget());
    }

    @Override
    public CreateOutcome create(String name, String bucket, String prefix, Duration target) {
        Optional<String> wrong = wrong(name, prefix, target);
        if (wrong.isPresent()) {
            return new CreateOutcome.Invalid(wrong.get());
        }
        if (store.buckets().get(bucket).isEmpty()) {
            return new CreateOutcome.NoSuchBucket(bucket);
        }
        LiveStream there = owners.get(name);
        if (there != null) {
            return new CreateOutcome.Exists(there.info());
        }
        Instant now = Instant.ofEpochMilli(desk().clock().millis());
        StreamInfo info = new StreamInfo(name, bucket, prefix, StreamKeys.fresh(), target, now);
        if (!catalogue.addStream(row(info))) {
            return get(name)
                    .<CreateOutcome>map(CreateOutcome.Exists::new)
                    .orElseGet(
                            () -> new CreateOutcome.Invalid("stream " + name + " is being made"));
        }
        owners.put(name, owner(info, desk()));
        return new CreateOutcome.Created(info);
    }

    private Optional<String> wrong(String name, String prefix, Duration target) {
        if (!NAME.matcher(name).matches()) {
            return Optional.of(
                    "a stream's name is 1 to 64 of a-z A-Z 0-9 - _ . and begins with a letter, a"
                            + " digit or a dash");
        }
        if (prefix.length() > MAX_PREFIX || !PREFIX.matcher(prefix).matches()) {
            return Optional.of(
                    "a prefix is empty or ends in /, has no empty part and at most 256 characters");
        }
        if (target.toMillis() < 500 || target.toMillis() > 100_000) {
            return Optional.of("a segment's target length is 0.5 to 100 s");
        }
        if (owners.size() >= MAX_STREAMS) {
            return Optional.of("there are " + MAX_STREAMS + " streams already");
        }
        return Optional.empty();
    }

    @Override
    public Optional<StreamInfo> get(String name) {
        return Optional.ofNullable(owners.get(name)).map(LiveStream::info);
    }

    @Override
    public List<StreamInfo> list() {
        return owners.values().stream().map(LiveStream::info).toList();
    }

    @Override
    public boolean delete(String name) {
        LiveStream gone = owners.remove(name);
        if (gone == null) {
            return false;
        }
        catalogue.removeStream(name);
        gone.cut("the stream was deleted");
        gone.endNow();
        gone.keepNumbers();
        return true;
    }

    @Override
    public Optional<StreamInfo> rotateKey(String name) {
        LiveStream owner = owners.get(name);
        if (owner == null) {
            return Optional.empty();
        }
        rotating.lock();
        try {
            StreamInfo next = withKey(owner.info(), StreamKeys.fresh());
            if (!catalogue.changeStream(name, row -> row(next))) {
                return Optional.empty();
            }
            owner.update(next);
            return Optional.of(next);
        } finally {
            rotating.unlock();
        }
    }

    private static StreamInfo withKey(StreamInfo old, String key) {
        return new StreamInfo(
                old.name(), old.bucket(), old.prefix(), key, old.segmentTarget(), old.createdAt());
    }

    @Override
    public Optional<StreamStatus> status(String name) {
        return Optional.ofNullable(owners.get(name)).map(LiveStream::status);
    }

    @Override
    public List<Recording> recordings(String name, int limit) {
        return catalogue.sessions(name, Math.clamp(limit, 1, 1_000)).stream()
                .map(StreamBook::recording)
                .toList();
    }

    private static Recording recording(SessionRow s) {
        return new Recording(
                s.stream(),
                s.id(),
                Instant.ofEpochMilli(s.startedMillis()),
                s.ended() ? Instant.ofEpochMilli(s.endedMillis()) : null,
                Duration.ofNanos(s.durationMicros() * 1_000),
                s.segments(),
                s.bytes(),
                "/_live/" + s.stream() + "/" + s.id() + "/index.m3u8",
                s.bucket(),
                s.playlistKey());
    }

    @Override
    public Admission admit(String stream, String key, Peer peer) {
        LiveStream owner = owners.get(stream);
        String expected = owner == null ? NO_KEY : owner.info().streamKey();
        boolean same = StreamKeys.same(expected, key);
        if (owner == null || !same) {
            return new Admission.Refused(Why.DENIED, "no such stream, or its key is another");
        }
        try {
            return owner.admit(peer);
        } catch (RuntimeException e) {
            LOG.error("{} can't go live", stream, e);
            return new Admission.Refused(
                    Why.UNAVAILABLE, "the server can't keep the stream now: " + e.getMessage());
        }
    }

    @Override
    public @Nullable Session session(String stream, String id) {
        LiveStream owner = owners.get(stream);
        return owner == null ? null : owner.session(id);
    }

    @Override
    public void problem(String stream, String text, boolean segmentLost) {
        LiveStream owner = owners.get(stream);
        if (owner != null) {
            owner.uploadProblem(text, segmentLost);
        }
    }
}
