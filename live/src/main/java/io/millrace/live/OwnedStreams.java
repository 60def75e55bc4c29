package io.millrace.live;

import io.millrace.live.record.Journal;
import io.millrace.live.record.SegmentRow;
import io.millrace.live.record.Spool;
import io.millrace.live.stream.Desk;
import io.millrace.live.stream.LiveStream;
import io.millrace.work.Lease;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that are this node's now. A stream is owned from its first publisher, or the first
 * late segment, until its session has ended and everything is in the store; the lease {@code
 * live/stream/NAME} says by whom. Thread-safe.
 */
final class OwnedStreams {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedStreams.class);
    private static final String LEASE = "live/stream/";

    private final Leases leases;
    private final Desk desk;
    private final Spool spool;
    private final Map<String, LiveStream> owned = new ConcurrentSkipListMap<>();

    /** Held while a stream is taken or given up, so that each has one object here. */
    private final ReentrantLock changing = new ReentrantLock();

    private boolean closed;

    OwnedStreams(Leases leases, Desk desk, Spool spool) {
        this.leases = leases;
        this.desk = desk;
        this.spool = spool;
    }

    Collection<LiveStream> all() {
        return owned.values();
    }

    @Nullable LiveStream get(String name) {
        return owned.get(name);
    }

    /** The node that owns a stream, if that is another one. */
    Optional<String> elsewhere(String name) {
        return leases.holder(LEASE + name)
                .map(Lease::owner)
                .filter(owner -> !owner.equals(leases.node()));
    }

    /** The stream as its owner here; empty while another node owns it. */
    Optional<LiveStream> take(StreamInfo info) {
        changing.lock();
        try {
            LiveStream here = owned.get(info.name());
            if (closed) {
                return Optional.empty();
            }
            if (here != null && here.owned()) {
                return Optional.of(here);
            }
            if (here != null) {
                giveUp(here);
            }
            return leases.acquire(LEASE + info.name()).map(tenure -> begin(info, tenure));
        } finally {
            changing.unlock();
        }
    }

    private LiveStream begin(StreamInfo info, Tenure tenure) {
        try {
            LiveStream stream =
                    new LiveStream(
                            info,
                            desk,
                            new Journal(tenure, desk.announcements()),
                            spooled(info.name()));
            owned.put(info.name(), stream);
            return stream;
        } catch (RuntimeException | Error e) {
            tenure.close();
            throw e;
        }
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

    /** Ends what has nobody to end it: the sessions of dead nodes. */
    void adoptOrphans(Function<String, Optional<StreamInfo>> settings) {
        for (String lease : leases.orphans(LEASE)) {
            settings.apply(lease.substring(LEASE.length())).ifPresent(this::take);
        }
    }

    /** Gives up what was lost to another node or has nothing left to do. */
    void letGo() {
        for (LiveStream stream : owned.values()) {
            if (!stream.owned() || !waits(stream.info().name()) && stream.close()) {
                giveUp(stream);
            }
        }
    }

    private boolean waits(String stream) {
        return spool.names().stream().anyMatch(name -> name.stream().equals(stream));
    }

    /** Gives a stream up, so that any node may own it next. */
    void giveUp(LiveStream stream) {
        changing.lock();
        try {
            owned.remove(stream.info().name(), stream);
            stream.giveUp();
        } finally {
            changing.unlock();
        }
    }

    /** At the server's end, after the last segment: other nodes may take the streams at once. */
    void close() {
        changing.lock();
        try {
            closed = true;
            List.copyOf(owned.values()).forEach(this::giveUp);
        } finally {
            changing.unlock();
        }
    }
}
