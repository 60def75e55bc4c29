package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one fill on their way from the origin, over one connection after the other.
 *
 * <p>Where a connection breaks off, the rest is asked for on another, if the stored version can be
 * told by a strong ETag; without one, or when the origin has another version, or goes on breaking
 * off, the fill fails, which its readers see as a reset. Runs on one event loop.
 */
final class Inflow {
    /** Pauses before the rest is asked for, as long as no byte comes. */
    private static final int[] PAUSE_MILLIS = {0, 250, 1000};

    /** However well it goes on each time. */
    private static final int MOST_CONNECTIONS = 64;

    private final Core core;
    private final Loop loop;
    private final Entry entry;
    private final Fill fill;
    private final Source source;
    private @Nullable OriginConnection connection;
    private long askedAt = -1;
    private int inVain;
    private int asked;
    private long wholeLength = -1;

    /** What the origin is asked for. */
    record Source(ViewerRequest viewer, String path, String query) {
        static Source of(Exchange exchange) {
            return new Source(exchange.viewer(), exchange.originPath(), exchange.originQuery());
        }
    }

    Inflow(Core core, Loop loop, Entry entry, Fill fill, Source source) {
        this.core = core;
        this.loop = loop;
        this.entry = entry;
        this.fill = fill;
        this.source = source;
    }

    Entry entry() {
        return entry;
    }

    Fill fill() {
        return fill;
    }

    Source source() {
        return source;
    }

    /** The connection over which the next bytes come. */
    void over(OriginConnection origin) {
        connection = origin;
    }

    /** The answer that goes on says how long the whole is. */
    void wholeLength(long bytes) {
        wholeLength = bytes;
    }

    /** Asks for all that is still missing. */
    void ask() {
        askedAt = fill.position();
        asked++;
        loop.origins().send(new ChunkFetch(core, this, fill.position(), fill.end()));
    }

    /** Takes bytes; stops reading while the disk is behind. */
    void data(ByteBuf bytes) {
        fill.append(bytes);
        holdBack();
    }

    private void holdBack() {
        OriginConnection origin = connection;
        if (origin == null || !fill.overBudget()) {
            return;
        }
        origin.pause();
        loop.executor()
                .schedule(
                        () -> {
                            if (fill.overBudget()) {
                                holdBack();
                            } else {
                                origin.resume();
                            }
                        },
                        2,
                        TimeUnit.MILLISECONDS);
    }

    /** The answer ended well. */
    void end() {
        connection = null;
        if (fill.state() != Fill.State.RUNNING) {
            return;
        }
        boolean cut = wholeLength >= 0 && fill.position() != wholeLength;
        if (cut) {
            lost();
        } else {
            fill.finish();
        }
    }

    /** The connection broke off, or the origin had no answer just now. */
    void broken(OriginCall.Failure failure) {
        connection = null;
        if (fill.state() != Fill.State.RUNNING) {
            return;
        }
        inVain = fill.position() > askedAt ? 0 : inVain + 1;
        boolean again =
                entry.isOneVersion()
                        && failure != OriginCall.Failure.BUSY
                        && inVain < PAUSE_MILLIS.length
                        && asked < MOST_CONNECTIONS
                        && !core.stopping();
        if (!again) {
            lost();
            return;
        }
        loop.executor().schedule(this::ask, PAUSE_MILLIS[inVain], TimeUnit.MILLISECONDS);
    }

    /** The origin has another version, or none. */
    void changed() {
        connection = null;
        core.cache().forget(core.cache().slot(entry.key()), entry);
        fill.fail(true);
    }

    /** The rest will not come now. */
    void lost() {
        fill.fail(false);
        if (!entry.resumable()) {
            core.cache().forget(core.cache().slot(entry.key()), entry);
        }
    }
}
