package io.millrace.edge;

import io.millrace.edge.http.Headers;
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
    private @Nullable Pipe pipe;

    Pass(Exchange exchange, String why) {
        this.exchange = exchange;
        this.core = exchange.core();
        this.why = why;
        this.startMillis = core.nowMillis();
    }

    void start() {
        if (exchange.gone()) {
            return;
        }
        exchange.counters().misses.increment();
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
        return safe();
    }

    private boolean safe() {
        return switch (exchange.head().method()) {
            case "GET", "HEAD", "OPTIONS", "TRACE" -> true;
            default -> false;
        };
    }

    @Override
    public void head(int status, Headers headers, OriginConnection from) {
        if (exchange.gone()) {
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
        } else {
            exchange.fail(failure.status(), failure.reason(), failure.text());
        }
    }
}
