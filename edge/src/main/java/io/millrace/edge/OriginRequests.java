package io.millrace.edge;

import io.millrace.edge.http.Headers;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the requests that go to the origin, signed where the edge has a service key. */
final class OriginRequests {
    /** The region in signatures. */
    static final String REGION = "local";

    /** All that a signed request takes over from the viewer. */
    private static final Set<String> FOR_SIGNED = Set.of("accept", "user-agent", "traceparent");

    private static final Set<String> NEVER =
            Set.of(
                    "host",
                    "connection",
                    "keep-alive",
                    "proxy-connection",
                    "proxy-authorization",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "content-length",
                    "expect",
                    "cdn-loop",
                    "via",
                    "http2-settings");
    private static final Set<String> CONDITIONS =
            Set.of(
                    "range",
                    "if-range",
                    "if-match",
                    "if-none-match",
                    "if-modified-since",
                    "if-unmodified-since");

    private final String authority;
    private final String id;
    private final @Nullable SigV4Signer signer;
    private final InstantSource clock;

    OriginRequests(EdgeOptions options, String id, InstantSource clock) {
        this.authority = options.origin().getRawAuthority();
        this.id = id;
        this.clock = clock;
        EdgeOptions.ServiceKey key = options.serviceKey();
        this.signer =
                key == null
                        ? null
                        : new SigV4Signer(new AccessKey(key.id(), key.secret()), REGION, "s3");
    }

    /**
     * A request for the cache: the viewer's conditions and range are left out.
     *
     * @param more fields of the edge's own: conditions, a range
     */
    FullHttpRequest forCache(String path, String query, Headers viewer, Map<String, String> more) {
        return build("GET", path, query, viewer, false, more, null);
    }

    /** A request that is passed on as the viewer sent it. */
    FullHttpRequest passed(
            String method, String path, String query, Headers viewer, byte @Nullable [] body) {
        return build(method, path, query, viewer, true, Map.of(), body);
    }

    private FullHttpRequest build(
            String method,
            String path,
            String query,
            Headers viewer,
            boolean conditions,
            Map<String, String> more,
            byte @Nullable [] body) {
        String target = query.isEmpty() ? path : path + "?" + query;
        ByteBuf content = body == null ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body);
        FullHttpRequest request =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1,
                        HttpMethod.valueOf(method),
                        target,
                        content,
                        new io.netty.handler.codec.http.DefaultHttpHeaders(),
                        EmptyHttpHeaders.INSTANCE);
        HttpHeaders out = request.headers();
        out.set("Host", authority);
        for (int i = 0; i < viewer.size(); i++) {
            String lower = viewer.name(i).toLowerCase(Locale.ROOT);
            if (takes(lower, conditions, viewer)) {
                out.add(viewer.name(i), viewer.value(i));
            }
        }
        out.set("Via", appended(viewer.joined("via"), "1.1 " + Heads.NAME));
        out.set("CDN-Loop", appended(viewer.joined("cdn-loop"), id));
        more.forEach(out::set);
        if (body != null) {
            out.set("Content-Length", body.length);
        }
        sign(request, path, query);
        return request;
    }

    private boolean takes(String lower, boolean conditions, Headers viewer) {
        if (CONDITIONS.contains(lower)) {
            return conditions;
        }
        if (signer != null) {
            return FOR_SIGNED.contains(lower);
        }
        return !NEVER.contains(lower) && !viewer.hasToken("connection", lower);
    }

    private void sign(FullHttpRequest request, String path, String query) {
        SigV4Signer with = signer;
        if (with == null) {
            return;
        }
        List<Map.Entry<String, String>> signed = new ArrayList<>();
        // Only what no proxy between may touch.
        signed.add(Map.entry("Host", authority));
        SignedRequest claim = new SignedRequest(request.method().name(), path, query, signed);
        for (Map.Entry<String, String> header :
                with.sign(claim, SigV4Signer.UNSIGNED_PAYLOAD, clock.instant())) {
            request.headers().set(header.getKey(), header.getValue());
        }
    }

    private static String appended(@Nullable String before, String own) {
        return before == null ? own : before + ", " + own;
    }
}
