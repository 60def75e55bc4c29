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
    private static final Set<String> FOR_SIGNED = Set.of("traceparent");

    /** Who asks, where the origin is not told who the viewer's browser is. */
    private static final String AGENT = "Millrace";

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
     * A request for the cache: of the viewer's fields only those that select the answer go along.
     *
     * @param more fields of the edge's own: conditions, a range
     */
    FullHttpRequest forCache(
            String path, String query, ViewerRequest viewer, Map<String, String> more) {
        return build("GET", path, query, viewer, false, more, null);
    }

    /**
     * A request for one viewer alone. One to read says no more than one for the cache would, but
     * for conditions, range and the address that the viewer used; any other is passed on as sent.
     */
    FullHttpRequest passed(
            String method,
            String path,
            String query,
            ViewerRequest viewer,
            byte @Nullable [] body) {
        return build(method, path, query, viewer, true, Map.of(), body);
    }

    /** Whether the edge itself sets or drops a request field (lower case). */
    static boolean isOwn(String lower) {
        return NEVER.contains(lower) || CONDITIONS.contains(lower);
    }

    private FullHttpRequest build(
            String method,
            String path,
            String query,
            ViewerRequest viewer,
            boolean alone,
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
        boolean reads = method.equals("GET") || method.equals("HEAD");
        Headers sent = viewer.headers();
        for (int i = 0; i < sent.size(); i++) {
            String lower = sent.name(i).toLowerCase(Locale.ROOT);
            if (takes(lower, alone, reads, viewer)) {
                out.add(sent.name(i), sent.value(i));
            }
        }
        if (reads && signer == null) {
            viewer.selecting().forEach(out::set);
        }
        if (!out.contains("User-Agent")) {
            out.set("User-Agent", AGENT);
        }
        out.set("Via", appended(alone ? sent.joined("via") : null, "1.1 " + Heads.NAME));
        out.set("CDN-Loop", appended(sent.joined("cdn-loop"), id));
        forwarded(out, viewer, alone);
        more.forEach(out::set);
        if (body != null) {
            out.set("Content-Length", body.length);
        }
        sign(request, path, query);
        return request;
    }

    /**
     * The viewer's address, by what the connection says. How the viewer wrote the host, and whether
     * by TLS, is no part of a key: an answer that may be kept must not depend on it.
     */
    private static void forwarded(HttpHeaders out, ViewerRequest viewer, boolean alone) {
        out.set("X-Forwarded-For", viewer.address());
        String host = viewer.host();
        if (alone && host != null) {
            out.set("X-Forwarded-Host", host);
        }
        if (alone) {
            out.set("X-Forwarded-Proto", viewer.scheme());
        }
    }

    private boolean takes(String lower, boolean alone, boolean reads, ViewerRequest viewer) {
        if (CONDITIONS.contains(lower)) {
            return alone;
        }
        if (signer != null) {
            return FOR_SIGNED.contains(lower);
        }
        if (isOwnOrAlike(lower) || viewer.headers().hasToken("connection", lower)) {
            return false;
        }
        return reads ? bodyField(lower, alone) : !ViewerRequest.ofProxies(lower);
    }

    /** A field of the edge's own, or one that programs which write underscores take for it. */
    private static boolean isOwnOrAlike(String lower) {
        return NEVER.contains(lower) || lower.indexOf('_') >= 0 && isOwn(lower.replace('_', '-'));
    }

    /** What tells of the body that a GET may bring along: then it is for one viewer alone. */
    private static boolean bodyField(String lower, boolean alone) {
        return alone && (lower.equals("content-type") || lower.equals("content-encoding"));
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
