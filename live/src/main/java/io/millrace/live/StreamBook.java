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
import io.millrace.work.Leases;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams: their settings in the catalogue, which all nodes read; those that are live here in
 * {@link OwnedStreams}.
 */
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
    private final Leases leases;

    /** What the catalogue keeps last is what the owner in memory has. */
    private final Lock rotating = new ReentrantLock();

    private @Nullable OwnedStreams owned;
    private @Nullable Desk desk;

    StreamBook(
            Catalogue catalogue,
            Leases leases,
            Store store,
            Spool spool,
            StreamKeys keys,
            LiveOptions options) {
        this.catalogue = catalogue;
        this.leases = leases;
        this.store = store;
        this.spool = spool;
        this.keys = keys;
        this.options = options;
    }

    /** Takes up every session that was left open and is nobody's; called once, before the door. */
    void open(Desk shared) {
        desk = shared;
        owned = new OwnedStreams(leases, shared, spool);
        for (StreamRow row : catalogue.streams()) {
            List<SessionRow> last = catalogue.sessions(row.name(), 1);
            if (!last.isEmpty() && !last.getFirst().ended()) {
                owned().take(info(row));
            }
        }
    }

    /**
     * Looks after what is owned and what nobody owns; called every second or so: other nodes change
     * settings, die, and take over what was lost here.
     */
    void patrol() {
        owned().letGo();
        owned().all().forEach(this::refresh);
        owned().adoptOrphans(this::get);
    }

    private void refresh(LiveStream stream) {
        Optional<StreamInfo> now = get(stream.info().name());
        if (now.isPresent()) {
            stream.update(now.get());
        } else if (stream.openSession() != null) {
            drop(stream);
        }
    }

    private void drop(LiveStream stream) {
        stream.cut("the stream was deleted");
        stream.endNow();
        owned().giveUp(stream);
    }

    private OwnedStreams owned() {
        return java.util.Objects.requireNonNull(owned, "opened");
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
                info.createdAt().toEpochMilli(),
                0);
    }

    private Desk desk() {
        return java.util.Objects.requireNonNull(desk, "opened");
    }

    /** The streams that are this node's now. */
    Collection<LiveStream> owners() {
        return owned().all();
    }

    /** The stream's owner, if that is this node. */
    @Nullable LiveStream owner(String name) {
        return owned().get(name);
    }

    /** The node that owns the stream, if that is another one. */
    Optional<String> elsewhere(String name) {
        return owned().elsewhere(name);
    }

    void close() {
        owned().close();
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
        Optional<StreamInfo> there = get(name);
        if (there.isPresent()) {
            return new CreateOutcome.Exists(there.get());
        }
        Instant now = Instant.ofEpochMilli(desk().clocks().wall().millis());
        StreamInfo info = new StreamInfo(name, bucket, prefix, StreamKeys.fresh(), target, now);
        if (!catalogue.addStream(row(info))) {
            return get(name)
                    .<CreateOutcome>map(CreateOutcome.Exists::new)
                    .orElseGet(
                            () -> new CreateOutcome.Invalid("stream " + name + " is being made"));
        }
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
        if (catalogue.streams().size() >= MAX_STREAMS) {
            return Optional.of("there are " + MAX_STREAMS + " streams already");
        }
        return Optional.empty();
    }

    @Override
    public Optional<StreamInfo> get(String name) {
        return NAME.matcher(name).matches()
                ? catalogue.stream(name).map(this::info)
                : Optional.empty();
    }

    @Override
    public List<StreamInfo> list() {
        return catalogue.streams().stream().map(this::info).toList();
    }

    @Override
    public boolean delete(String name) {
        if (get(name).isEmpty()) {
            return false;
        }
        catalogue.removeStream(name);
        LiveStream here = owner(name);
        if (here != null) {
            drop(here);
        }
        desk().troubles().forget(name);
        return true;
    }

    @Override
    public Optional<StreamInfo> rotateKey(String name) {
        rotating.lock();
        try {
            String key = StreamKeys.fresh();
            if (get(name).isEmpty()
                    || !catalogue.changeStream(name, row -> row.withKey(keys.seal(name, key)))) {
                return Optional.empty();
            }
            Optional<StreamInfo> next = get(name);
            LiveStream here = owner(name);
            if (here != null) {
                next.ifPresent(here::update);
            }
            return next;
        } finally {
            rotating.unlock();
        }
    }

    @Override
    public Optional<StreamStatus> status(String name) {
        LiveStream here = owner(name);
        Optional<StreamStatus> found =
                here != null ? Optional.of(here.status()) : get(name).map(this::remoteStatus);
        return found.map(this::troubled);
    }

    /** Of a stream that is not live here: what its last session's record tells. */
    private StreamStatus remoteStatus(StreamInfo info) {
        SessionRow last = catalogue.sessions(info.name(), 1).stream().findFirst().orElse(null);
        List<SegmentRow> segment =
                last == null ? List.of() : catalogue.lastSegments(info.name(), last.id(), 1);
        return StreamStatus.elsewhere(
                info,
                elsewhere(info.name()).orElse(null),
                last,
                segment.isEmpty() ? null : segment.getFirst(),
                desk().clocks().wall().instant());
    }

    private StreamStatus troubled(StreamStatus status) {
        boolean onAir = status.state() == StreamStatus.State.LIVE;
        List<Trouble> all = new ArrayList<>(status.troubles());
        desk().troubles().of(status.stream(), onAir).ifPresent(all::add);
        return status.with(all);
    }

    @Override
    public List<Troubles.Stranger> strangers() {
        return desk().troubles().strangers();
    }

    @Override
    public Admission admit(String stream, String key, Peer peer) {
        Admission admission = decide(stream, key, peer);
        if (admission instanceof Admission.Refused(Why why, String reason)) {
            boolean known = why != Why.DENIED || get(stream).isPresent();
            if (known) {
                String told = why == Why.DENIED ? "its stream key is wrong" : reason;
                desk().troubles().refused(stream, peer.address(), told);
            } else {
                desk().troubles().stranger(stream, peer.address());
            }
        }
        return admission;
    }

    private Admission decide(String stream, String key, Peer peer) {
        try {
            Optional<StreamInfo> info = get(stream);
            boolean same = StreamKeys.same(info.map(StreamInfo::streamKey).orElse(NO_KEY), key);
            if (info.isEmpty() || !same) {
                return new Admission.Refused(Why.DENIED, "no such stream, or its key is another");
            }
            Optional<LiveStream> owner = owned().take(info.get());
            if (owner.isPresent()) {
                owner.get().update(info.get());
                return owner.get().admit(peer);
            }
            return new Admission.Refused(
                    Why.BUSY,
                    elsewhere(stream)
                            .map(node -> stream + " is published on node " + node)
                            .orElse(stream + " changes hands; try again in a second"));
        } catch (RuntimeException e) {
            LOG.error("{} can't go live", stream, e);
            return new Admission.Refused(
                    Why.UNAVAILABLE, "the server can't keep the stream now: " + e.getMessage());
        }
    }

    @Override
    public boolean owns(String stream) {
        LiveStream here = owner(stream);
        if (here != null && here.owned()) {
            return true;
        }
        Optional<StreamInfo> settings = get(stream).or(() -> lastSettings(stream));
        return settings.isEmpty() || owned().take(settings.get()).isPresent();
    }

    /** Those of a stream that was deleted, for segments that come late. */
    private Optional<StreamInfo> lastSettings(String stream) {
        return catalogue.sessions(stream, 1).stream()
                .findFirst()
                .map(
                        last ->
                                new StreamInfo(
                                        stream,
                                        last.bucket(),
                                        last.prefix(),
                                        StreamKeys.fresh(),
                                        options.segmentTarget(),
                                        Instant.ofEpochMilli(last.startedMillis())));
    }

    @Override
    public @Nullable Session session(String stream, String id) {
        LiveStream here = owner(stream);
        return here == null ? null : here.anySession(id);
    }

    @Override
    public void problem(String stream, String text, boolean segmentLost) {
        LiveStream here = owner(stream);
        if (here != null) {
            here.uploadProblem(text, segmentLost);
        }
    }
}
