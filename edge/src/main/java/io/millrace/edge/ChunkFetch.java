package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.cache.Fill;
import io.millrace.edge.http.Headers;
import io.millrace.kit.http.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches chunks that a stored version lacks, by range and only of that version: If-Match goes with
 * the request, and an answer with another ETag or range fails the fill.
 */
final class ChunkFetch implements OriginCall {
    private final Core core;
    private final Loop loop;
    private final Entry entry;
    private final Fill fill;
    private final ViewerRequest viewer;
    private final String path;
    private final String query;
    private final long from;
    private final long to;
    private @Nullable OriginConnection connection;

    ChunkFetch(Core core, Exchange exchange, Entry entry, Fill fill, long from, long to) {
        this.core = core;
        this.loop = exchange.loop();
        this.entry = entry;
        this.fill = fill;
        this.viewer = exchange.viewer();
        this.path = exchange.originPath();
        this.query = exchange.originQuery();
        this.from = from;
        this.to = to;
    }

    @Override
    public FullHttpRequest request() {
        String etag = entry.etag();
        return core.requests()
                .forCache(
                        path,
                        query,
                        viewer,
                        Map.of(
                                "Range",
                                "bytes=" + from + "-" + (to - 1),
                                "If-Match",
                                etag == null ? "*" : etag));
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public void head(int status, Headers headers, OriginConnection origin) {
        connection = origin;
        ByteRange.Content content = ByteRange.Content.parse(headers.get("content-range"));
        boolean same = entry.etag() != null && entry.etag().equals(headers.get("etag"));
        if (same
                && status == 206
                && content != null
                && content.first() == from
                && content.last() == to - 1) {
            return;
        }
        boolean wholeFits = same && status == 200 && from == 0 && to == entry.body().length();
        if (wholeFits) {
            return;
        }
        origin.abort();
        boolean changed = status == 412 || (status < 300 && !same) || status == 404;
        if (changed || status < 300) {
            // Another version, or an origin that ignores ranges: the next request starts anew.
            core.cache().forget(core.cache().slot(entry.key()), entry);
        }
        fill.fail(changed);
    }

    @Override
    public void data(ByteBuf bytes) {
        fill.append(bytes);
        holdBack();
    }

    private void holdBack() {
        OriginConnection origin = connection;
        if (origin != null && fill.overBudget()) {
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
    }

    @Override
    public void end() {
        fill.finish();
    }

    @Override
    public void failed(Failure failure) {
        fill.fail(false);
    }
}
