package io.millrace.edge;

import io.millrace.edge.cache.Entry;
import io.millrace.edge.http.Headers;
import io.millrace.kit.http.ByteRange;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fetches bytes that a stored version lacks, by range and only of that version: If-Match goes with
 * the request, and an answer with another ETag or range fails the fill.
 */
final class ChunkFetch implements OriginCall {
    private final Core core;
    private final Inflow inflow;
    private final long from;
    private final long to;

    /**
     * @param to exclusive; -1: to the end, which is not known
     */
    ChunkFetch(Core core, Inflow inflow, long from, long to) {
        this.core = core;
        this.inflow = inflow;
        this.from = from;
        this.to = to;
    }

    @Override
    public FullHttpRequest request() {
        String etag = inflow.entry().etag();
        String range = "bytes=" + from + "-" + (to < 0 ? "" : to - 1);
        Inflow.Source source = inflow.source();
        return core.requests()
                .forCache(
                        source.path(),
                        source.query(),
                        source.viewer(),
                        Map.of("Range", range, "If-Match", etag == null ? "*" : etag));
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public void interim(int status, Headers fields) {
        // The answer that they belong to has begun already.
    }

    @Override
    public void head(int status, Headers headers, OriginConnection origin) {
        Entry entry = inflow.entry();
        boolean same = entry.etag() != null && entry.etag().equals(headers.get("etag"));
        ByteRange.Content content = ByteRange.Content.parse(headers.get("content-range"));
        boolean fits = same && (status == 206 ? isRest(content) : status == 200 && isWhole(entry));
        if (fits) {
            inflow.over(origin);
            if (to < 0 && content != null) {
                inflow.wholeLength(content.total());
            }
            return;
        }
        origin.abort();
        switch (status) {
            // Another version, or an origin that ignores ranges: the next request starts anew.
            case 200, 206, 404, 410, 412, 416 -> inflow.changed();
            default -> {
                if (status >= 500) {
                    inflow.broken(Failure.BROKEN);
                } else {
                    inflow.lost();
                }
            }
        }
    }

    private boolean isRest(ByteRange.@Nullable Content content) {
        if (content == null || content.first() != from) {
            return false;
        }
        return to < 0
                ? content.total() >= 0 && content.last() == content.total() - 1
                : content.last() == to - 1;
    }

    private boolean isWhole(Entry entry) {
        return from == 0 && (to < 0 || to == entry.body().length());
    }

    @Override
    public void data(ByteBuf bytes) {
        inflow.data(bytes);
    }

    @Override
    public void end() {
        inflow.end();
    }

    @Override
    public void failed(Failure failure) {
        inflow.broken(failure);
    }
}
