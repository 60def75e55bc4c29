package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.cache.Slot;
import io.millrace.kit.http.ByteRange;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is being asked of the origin now: one fetch at a time for each answer, whoever waits for it.
 * Thread-safe.
 */
final class Fetches {
    private static final String EXACT_PREFIX = "/_camera/";

    private final Core core;
    private final Map<String, Fetch> running = new ConcurrentHashMap<>();

    Fetches(Core core) {
        this.core = core;
    }

    /** The key of one range of an object that still grows. */
    static String rangeKey(String key, ByteRange range) {
        return key + "\n" + range.header();
    }

    /**
     * Gets what is not stored, together with everyone who waits for the same.
     *
     * @param why a word of RFC 9211 for Cache-Status
     */
    void fetch(Exchange exchange, @Nullable Slot known, @Nullable Entry stale, String why) {
        if (exchange.isHead()) {
            new Pass(exchange, stale, why).start();
            return;
        }
        ByteRange range = ByteRange.parse(exchange.headers().get("range"));
        boolean exact = range != null && exchange.originPath().startsWith(EXACT_PREFIX);
        String key = exact && range != null ? rangeKey(exchange.key(), range) : exchange.key();
        Slot slot = exact || known == null ? core.cache().slot(key) : known;
        if (stale == null && slot.passing(core.nowMillis())) {
            pass(exchange, "bypass; detail=hit-for-miss");
            return;
        }
        Fetch.Want want =
                exact && range != null
                        ? new Fetch.Want.Exact(range)
                        : range != null && stale == null
                                ? new Fetch.Want.Aligned(range)
                                : new Fetch.Want.Whole();
        join(exchange, slot, new Fetch(core, slot, exchange, want, stale, why));
    }

    /** The whole object, for an origin that gave no usable range. */
    void fetchWhole(Exchange exchange, Slot slot) {
        join(
                exchange,
                slot,
                new Fetch(core, slot, exchange, new Fetch.Want.Whole(), null, "uri-miss"));
    }

    /** Asks whether a stale answer still holds. */
    void revalidate(Exchange exchange, @Nullable Entry stale) {
        if (stale == null) {
            throw new IllegalStateException("nothing to revalidate");
        }
        Slot slot = core.cache().slot(stale.key());
        join(exchange, slot, new Fetch(core, slot, exchange, want(stale), stale, "stale"));
    }

    /** The same, while viewers get the stale answer. */
    void revalidateBehind(Exchange exchange, @Nullable Entry stale) {
        if (stale == null) {
            throw new IllegalStateException("nothing to revalidate");
        }
        Slot slot = core.cache().slot(stale.key());
        Fetch fetch = new Fetch(core, slot, exchange, want(stale), stale, "stale");
        if (running.putIfAbsent(fetch.id(), fetch) == null) {
            fetch.startBehind();
        }
    }

    private static Fetch.Want want(Entry stale) {
        int at = stale.key().indexOf('\n');
        ByteRange range = at < 0 ? null : ByteRange.parse(stale.key().substring(at + 1));
        return range == null ? new Fetch.Want.Whole() : new Fetch.Want.Exact(range);
    }

    /** A stored answer turned out not to be here after all. */
    void again(Exchange exchange, Entry lost) {
        core.cache().forget(core.cache().slot(lost.key()), lost);
        if (exchange.mayFetchAgain()) {
            core.router().lookUp(exchange);
        } else {
            exchange.fail(502, "origin-broken", "the origin's answers break off; try again");
        }
    }

    private void join(Exchange exchange, Slot slot, Fetch fresh) {
        while (true) {
            Fetch other = running.putIfAbsent(fresh.id(), fresh);
            if (other == null) {
                start(exchange, slot, fresh);
                return;
            }
            if (other.join(exchange)) {
                return;
            }
            // It was decided a moment ago, or asked before a purge: what it brings is not for us.
            running.remove(other.id(), other);
        }
    }

    private void start(Exchange exchange, Slot slot, Fetch fresh) {
        Entry stored = core.cache().select(slot, exchange.headers());
        if (stored != null
                && stored.freshness()
                                .under(exchange.domain().ttlSeconds())
                                .ttlSeconds(core.nowMillis())
                        > 0) {
            // Another fetch ended between the look and now.
            done(fresh);
            exchange.outcome(Outcome.HIT);
            exchange.serve(stored, null, null);
            fresh.cancel();
            return;
        }
        fresh.start();
    }

    void done(Fetch fetch) {
        running.remove(fetch.id(), fetch);
    }

    /** Sends the request to the origin for this viewer alone. */
    void pass(Exchange exchange, String why) {
        new Pass(exchange, null, why).start();
    }

    /** Fetches absent chunks of a stored version; the fill is there before the origin answers. */
    @Nullable Fill chunks(Exchange exchange, Entry entry, int index, int last) {
        Body body = entry.body();
        int count = body.absentFrom(index, last);
        if (count == 0) {
            return null;
        }
        long from = (long) index * Body.CHUNK_BYTES;
        long to = Math.min(body.length(), (long) (index + count) * Body.CHUNK_BYTES);
        Fill fill = body.beginFill(from, to);
        exchange.counters().originRequests.increment();
        exchange.neededOrigin();
        new Inflow(core, exchange.loop(), entry, fill, Inflow.Source.of(exchange)).ask();
        return fill;
    }
}
