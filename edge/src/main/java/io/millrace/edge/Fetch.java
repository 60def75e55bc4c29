package io.millrace.edge;

import io.millrace.edge.cache.Body;
import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.cache.Slot;
import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.CacheControl;
import io.millrace.edge.policy.Freshness;
import io.millrace.edge.policy.Policy;
import io.millrace.edge.policy.Storing;
import io.millrace.kit.http.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One origin request for an answer that may be kept, and the viewers who wait for its head.
 *
 * <p>When the head is here the fetch is decided: a stored entry that all follow while it fills, a
 * stale one that holds again, a stale one in place of an error, or something that cannot be kept,
 * which goes to the first viewer while the others ask for themselves. The body then belongs to the
 * cache and goes on when viewers leave.
 */
final class Fetch implements OriginCall {
    /** How long a key whose answer could not be kept is passed without waiting for one another. */
    private static final long PASS_MILLIS = 10_000;

    /** How long a copy stands in for a failing origin before that is asked again. */
    private static final long FAILING_MILLIS = 1_000;

    /** What is asked of the origin. */
    sealed interface Want {
        record Whole() implements Want {}

        /** The chunks around a viewer's range. */
        record Aligned(ByteRange range) implements Want {}

        /** Exactly this range, of an object that may still grow. */
        record Exact(ByteRange range) implements Want {}
    }

    /** Keeps a body until those who wait for it have begun to read. */
    private static final class Beginner extends Body.Reader {
        @Override
        protected long position() {
            return 0;
        }
    }

    private final Core core;
    private final Slot slot;
    private final Exchange leader;
    private final Want want;
    private final @Nullable Entry stale;
    private final String why;
    private final String id;
    private final ViewerRequest viewer;
    private final String path;
    private final String query;
    private final Waiters waiters = new Waiters();
    private final long purgeSequence;
    private boolean alignedPart;
    private long startMillis;
    private @Nullable Inflow inflow;
    private @Nullable Pipe pipe;
    private @Nullable OriginConnection connection;

    Fetch(Core core, Slot slot, Exchange leader, Want want, @Nullable Entry stale, String why) {
        this.core = core;
        this.slot = slot;
        this.leader = leader;
        this.want = want;
        this.stale = stale;
        this.why = why;
        this.viewer = leader.viewer();
        this.path = leader.originPath();
        this.query = leader.originQuery();
        this.purgeSequence = core.cache().purges().sequence();
        this.id = slot.key() + "\0" + Entry.selecting(slot.vary(), viewer.headers());
    }

    /** Requests with the same id are answered by one fetch. */
    String id() {
        return id;
    }

    void start() {
        waiters.lead(leader);
        startBehind();
    }

    void startBehind() {
        startMillis = core.nowMillis();
        leader.counters().originRequests.increment();
        leader.loop().origins().send(this);
    }

    /** Waits for its head; false when that has come already, or when a purge voids what comes. */
    boolean join(Exchange exchange) {
        return !isPurged() && waiters.join(exchange);
    }

    /** Whether what the origin says was purged since it was asked. */
    private boolean isPurged() {
        return core.cache().purges().covers(path, purgeSequence);
    }

    /** It was never started: whoever joined meanwhile looks again. */
    void cancel() {
        for (Exchange other : waiters.decide()) {
            other.loop().run(() -> core.router().lookUp(other));
        }
    }

    @Override
    public FullHttpRequest request() {
        Map<String, String> more = new LinkedHashMap<>();
        Entry old = stale;
        if (old != null && old.etag() != null) {
            more.put("If-None-Match", old.etag());
        }
        if (old != null && old.lastModified() != null) {
            more.put("If-Modified-Since", old.lastModified());
        }
        switch (want) {
            case Want.Whole _ -> {}
            case Want.Exact(ByteRange range) -> more.put("Range", range.header());
            case Want.Aligned(ByteRange range) -> more.put("Range", aligned(range));
        }
        return core.requests().forCache(path, query, viewer, more);
    }

    private static String aligned(ByteRange range) {
        if (range.first() < 0) {
            // The end of something of unknown length: the first chunk tells the length.
            return "bytes=0-" + (Body.CHUNK_BYTES - 1);
        }
        long from = range.first() / Body.CHUNK_BYTES * Body.CHUNK_BYTES;
        if (range.last() < 0) {
            return "bytes=" + from + "-";
        }
        long to = (range.last() / Body.CHUNK_BYTES + 1) * Body.CHUNK_BYTES - 1;
        return "bytes=" + from + "-" + to;
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public void head(int status, Headers headers, OriginConnection from) {
        connection = from;
        long took = core.nowMillis() - startMillis;
        Entry old = stale;
        if (status == 304 && old != null && old.freshness().hasValidator()) {
            holdsAgain(old, headers, took);
        } else if (status >= 500 && old != null && mayStandIn(old)) {
            from.abort();
            serveStale(old, "; fwd=stale; fwd-status=" + status);
        } else if (status == 206) {
            partial(headers, took);
        } else {
            whole(status, headers, took);
        }
    }

    @Override
    public void interim(int status, Headers fields) {
        waiters.now().forEach(other -> other.loop().run(() -> other.interim(status, fields)));
    }

    private boolean mayStandIn(Entry old) {
        Freshness seen = old.freshness().under(leader.domain().ttlSeconds());
        return Policy.mayServeOnError(seen, core.nowMillis());
    }

    private Storing.Exchange judged(int status, Headers headers) {
        return new Storing.Exchange(
                "GET",
                !core.signs()
                        && viewer.selects("authorization")
                        && viewer.headers().has("authorization"),
                status,
                headers,
                startMillis,
                core.nowMillis(),
                core.wall(),
                core.lifetimes().longestSeconds(path));
    }

    private void holdsAgain(Entry old, Headers headers, long took) {
        Headers merged = Heads.updated(old.headers(), headers);
        Entry next =
                new Entry(
                        old.key(),
                        old.vary(),
                        Entry.selecting(old.vary(), viewer.headers()),
                        merged,
                        Storing.freshness(
                                judged(old.status(), merged), CacheControl.ofResponse(merged)),
                        old.body(),
                        purgeSequence);
        Object derived = old.derived();
        if (derived != null) {
            next.derived(derived);
        }
        if (!isPurged()) {
            core.cache().put(slot, next);
        }
        core.fetches().done(this);
        boolean first = true;
        for (Exchange other : waiters.decide()) {
            String note =
                    first && other == leader
                            ? "; fwd=stale; fwd-status=304"
                            : "; fwd=stale; fwd-status=304; collapsed";
            first = false;
            other.loop()
                    .run(
                            () -> {
                                other.outcome(Outcome.REVALIDATED);
                                other.originMillis(took);
                                other.serve(next, null, note);
                            });
        }
    }

    private void serveStale(Entry old, String note) {
        slot.failingUntil(core.nowMillis() + FAILING_MILLIS);
        core.fetches().done(this);
        for (Exchange other : waiters.decide()) {
            other.loop()
                    .run(
                            () -> {
                                other.outcome(Outcome.STALE);
                                other.serve(old, null, note);
                            });
        }
    }

    /** A 206: chunks of a whole whose length is known, or an exact range of one that grows. */
    private void partial(Headers headers, long took) {
        ByteRange.Content content = ByteRange.Content.parse(headers.get("content-range"));
        if (want instanceof Want.Exact && content != null) {
            keepOrPipe(
                    206,
                    headers,
                    took,
                    content.last() - content.first() + 1,
                    0,
                    content.last() - content.first() + 1);
            return;
        }
        String etag = headers.get("etag");
        boolean usable =
                want instanceof Want.Aligned
                        && content != null
                        && content.total() >= 0
                        && content.first() % Body.CHUNK_BYTES == 0
                        && (content.last() + 1 == content.total()
                                || (content.last() + 1) % Body.CHUNK_BYTES == 0)
                        && etag != null
                        && etag.startsWith("\"");
        if (usable && content != null) {
            headers.remove("content-range");
            alignedPart = true;
            keepOrPipe(200, headers, took, content.total(), content.first(), content.last() + 1);
            return;
        }
        giveUp(other -> other.loop().run(() -> instead(other, content)));
    }

    private void instead(Exchange other, ByteRange.@Nullable Content content) {
        if (content != null && content.total() < 0) {
            core.fetches().pass(other, "bypass; detail=growing");
        } else if (want instanceof Want.Whole || !other.mayFetchAgain()) {
            core.fetches().pass(other, "bypass; detail=partial");
        } else {
            core.fetches().fetchWhole(other, slot);
        }
    }

    private void giveUp(java.util.function.Consumer<Exchange> each) {
        OriginConnection from = connection;
        if (from != null) {
            from.abort();
        }
        core.fetches().done(this);
        waiters.decide().forEach(each);
    }

    private void whole(int status, Headers headers, long took) {
        long length = length(headers);
        if (length < -1) {
            failed(Failure.BROKEN);
            return;
        }
        keepOrPipe(status, headers, took, length, 0, length);
    }

    private static long length(Headers headers) {
        String text = headers.get("content-length");
        if (text == null || headers.has("transfer-encoding")) {
            return -1;
        }
        try {
            return Math.max(-2, Long.parseLong(text));
        } catch (NumberFormatException e) {
            return -2;
        }
    }

    /** {@code [from, to)} of {@code total} bytes arrive, -1 where unknown. */
    private void keepOrPipe(int status, Headers origin, long took, long total, long from, long to) {
        Storing.Verdict verdict = Storing.judge(judged(status == 206 ? 200 : status, origin));
        boolean tooLong = total > core.options().diskBytes() / 4;
        if (verdict instanceof Storing.Verdict.Keep keep && !tooLong) {
            keep(status, origin, took, keep, total, from, to);
        } else {
            leave(status, origin, took, total);
        }
    }

    private void keep(
            int status,
            Headers origin,
            long took,
            Storing.Verdict.Keep keep,
            long total,
            long from,
            long to) {
        List<String> vary =
                viewer.selecting(keep.vary(), origin, core.options().serviceKey() != null);
        Freshness f = keep.freshness();
        long longest = f.under(core.lifetimes().longestSeconds(path)).lifetimeSeconds();
        Body body = core.cache().newBody(total, Math.max(longest, f.lifetimeSeconds()));
        Fill filling = body.beginFill(from, to);
        Entry entry =
                new Entry(
                        slot.key(),
                        vary,
                        Entry.selecting(vary, viewer.headers()),
                        Heads.endToEnd(origin),
                        new Freshness(
                                status,
                                f.responseMillis(),
                                f.initialAgeSeconds(),
                                f.lifetimeSeconds(),
                                f.cacheControl(),
                                f.hasValidator()),
                        body,
                        purgeSequence);
        Inflow bytes =
                new Inflow(
                        core,
                        leader.loop(),
                        entry,
                        filling,
                        new Inflow.Source(viewer, path, query));
        inflow = bytes;
        OriginConnection origins = connection;
        if (origins != null) {
            bytes.over(origins);
        }
        boolean purged = isPurged();
        Body.Reader guard = new Beginner();
        if (purged) {
            // Those who asked before the purge get it; nobody else does.
            body.enter(guard);
            core.cache().pass(entry);
        } else {
            core.cache().put(slot, entry);
            if (total < 0) {
                filling.onDone(() -> core.cache().log(entry));
            }
        }
        core.fetches().done(this);
        boolean bodyless = total == 0;
        if (bodyless) {
            filling.finish();
        }
        List<Exchange> all = waiters.decide();
        Fill rest = bodyless ? null : filling;
        AtomicInteger left = new AtomicInteger(all.size() + 1);
        Runnable served =
                () -> {
                    if (left.decrementAndGet() == 0 && purged) {
                        body.leave(guard);
                    }
                };
        for (Exchange other : all) {
            other.loop()
                    .run(
                            () -> {
                                deliver(other, entry, rest, status, took);
                                served.run();
                            });
        }
        served.run();
    }

    private void deliver(
            Exchange other, Entry entry, @Nullable Fill filling, int status, long took) {
        if (!entry.selectedBy(other.headers())) {
            if (other.mayFetchAgain()) {
                core.router().lookUp(other);
            } else {
                core.fetches().pass(other, "vary-miss");
            }
            return;
        }
        boolean leads = other == leader;
        other.outcome(Outcome.MISS);
        other.originMillis(took);
        String note =
                "; fwd=" + why + "; fwd-status=" + status + (leads ? "; stored" : "; collapsed");
        other.serve(entry, filling, note);
    }

    /** It cannot be kept: the first viewer gets this answer, the others ask for themselves. */
    private void leave(int status, Headers origin, long took, long total) {
        // A failure tells nothing of the next answer: that one may be a playlist to be proven.
        if (status < 500) {
            core.cache().forget(slot.key());
            slot.passUntil(core.nowMillis() + PASS_MILLIS);
        }
        core.fetches().done(this);
        List<Exchange> all = waiters.decide();
        OriginConnection from = connection;
        boolean mine =
                !all.isEmpty()
                        && all.getFirst() == leader
                        && !leader.gone()
                        && !leader.isHead()
                        && !alignedPart;
        if (mine && from != null) {
            leader.originMillis(took);
            leader.outcome(Outcome.MISS);
            Pipe to = new Pipe(leader, from);
            pipe = to;
            to.head(
                    status,
                    Heads.endToEnd(origin),
                    total,
                    "; fwd=" + why + "; fwd-status=" + status);
        } else {
            if (from != null) {
                from.abort();
            }
            mine = false;
        }
        for (Exchange other : mine ? all.subList(1, all.size()) : all) {
            other.loop().run(() -> core.fetches().pass(other, "miss; detail=hit-for-miss"));
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        Pipe to = pipe;
        if (to != null) {
            to.data(bytes);
            return;
        }
        Inflow in = inflow;
        if (in != null) {
            in.data(bytes);
        }
    }

    @Override
    public void end() {
        Pipe to = pipe;
        if (to != null) {
            to.end();
        }
        Inflow in = inflow;
        if (in != null) {
            in.end();
        }
    }

    @Override
    public void failed(Failure failure) {
        Pipe to = pipe;
        if (to != null) {
            to.failed();
            return;
        }
        Inflow in = inflow;
        if (in != null) {
            in.broken(failure);
            return;
        }
        Entry old = stale;
        if (old != null && mayStandIn(old)) {
            serveStale(old, "; fwd=stale; detail=" + failure.reason());
            return;
        }
        giveUp(
                other ->
                        other.loop()
                                .run(
                                        () ->
                                                other.fail(
                                                        failure.status(),
                                                        failure.reason(),
                                                        failure.text())));
        core.cache().tidy(slot, core.nowMillis());
    }
}
