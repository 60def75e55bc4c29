package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.http.Headers;
import io.millrace.edge.policy.Freshness;
import io.millrace.edge.policy.Policy;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * A request that goes to the origin for one viewer alone. An unsafe one that succeeds voids what is
 * stored under its address (RFC 9111 section 4.4).
 */
final class Pass implements OriginCall {
    private final Exchange exchange;
    private final Core core;
    private final String why;
    private final long startMillis;
    private final @Nullable Entry stale;
    private @Nullable Pipe pipe;

    /**
     * @param stale what may stand in when the origin fails
     */
    Pass(Exchange exchange, @Nullable Entry stale, String why) {
        this.exchange = exchange;
        this.stale = stale;
        this.core = exchange.core();
        this.why = why;
        this.startMillis = core.nowMillis();
    }

    void start() {
        if (exchange.gone()) {
            return;
        }
        exchange.outcome(Outcome.MISS);
        exchange.counters().originRequests.increment();
        exchange.loop().origins().send(this);
    }

    @Override
    public FullHttpRequest request() {
        return core.requests()
                .passed(
                        exchange.head().method(),
                        exchange.originPath(),
                        exchange.originQuery(),
                        exchange.viewer(),
                        exchange.body());
    }

    @Override
    public boolean repeatable() {
        return safe() && exchange.body() == null;
    }

    private boolean safe() {
        return switch (exchange.head().method()) {
            case "GET", "HEAD", "OPTIONS", "TRACE" -> true;
            default -> false;
        };
    }

    @Override
    public void interim(int status, Headers fields) {
        exchange.interim(status, fields);
    }

    @Override
    public void head(int status, Headers headers, OriginConnection from) {
        if (exchange.gone()) {
            from.abort();
            return;
        }
        if (status >= 500 && standsIn("fwd-status=" + status)) {
            from.abort();
            return;
        }
        if (!safe() && status < 400) {
            invalidate(headers);
        }
        exchange.originMillis(core.nowMillis() - startMillis);
        Pipe to = new Pipe(exchange, from);
        pipe = to;
        String length = headers.get("content-length");
        boolean known = length != null && !headers.has("transfer-encoding");
        to.head(
                status,
                Heads.endToEnd(headers),
                known && length != null ? Long.parseLong(length) : -1,
                "; fwd=" + why + "; fwd-status=" + status);
    }

    private boolean standsIn(String why) {
        Entry old = stale;
        if (old == null) {
            return false;
        }
        Freshness seen = old.freshness().under(exchange.domain().ttlSeconds());
        if (!Policy.mayServeOnError(seen, core.nowMillis())) {
            return false;
        }
        exchange.outcome(Outcome.STALE);
        exchange.serve(old, null, "; fwd=stale; " + why);
        return true;
    }

    private void invalidate(Headers headers) {
        core.cache().forget(exchange.key());
        for (String field : new String[] {"location", "content-location"}) {
            String value = headers.get(field);
            if (value == null) {
                continue;
            }
            String own = "http://" + exchange.headers().get("host");
            String path = value.startsWith(own) ? value.substring(own.length()) : value;
            if (path.startsWith("/") && !path.startsWith("//")) {
                core.cache().forget(exchange.domain().originPath(path));
            }
        }
    }

    @Override
    public void data(ByteBuf bytes) {
        Pipe to = pipe;
        if (to != null) {
            to.data(bytes);
        }
    }

    @Override
    public void end() {
        Pipe to = pipe;
        if (to != null) {
            to.end();
        }
    }

    @Override
    public void failed(Failure failure) {
        Pipe to = pipe;
        if (to != null) {
            to.failed();
        } else if (!standsIn("detail=" + failure.reason())) {
            exchange.fail(failure.status(), failure.reason(), failure.text());
        }
    }
}
