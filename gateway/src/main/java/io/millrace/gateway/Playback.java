package io.millrace.gateway;

import io.millrace.access.Access;
import io.millrace.access.Caller;
import io.millrace.access.Decision;
import io.millrace.access.RequestContext;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.op.ContentType;
import io.millrace.gateway.parse.Conditions;
import io.millrace.gateway.parse.Percent;
import io.millrace.kit.http.ByteRange;
import io.millrace.kit.http.Exchange;
import io.millrace.live.Live;
import io.millrace.live.MediaBody;
import io.millrace.live.PlaybackAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** {@code /_live/…} and {@code /_camera/…}: playlists and media for callers who may play them. */
final class Playback {
    private final Access access;
    private final @Nullable Live live;

    Playback(Access access, @Nullable Live live) {
        this.access = access;
        this.live = live;
    }

    static boolean takes(String rawPath) {
        return rawPath.startsWith("/_live/") || rawPath.startsWith("/_camera/");
    }

    void answer(Exchange exchange, Caller caller) throws IOException {
        String method = exchange.method();
        if (!method.equals("GET") && !method.equals("HEAD")) {
            throw new GatewayException(ErrorCode.METHOD_NOT_ALLOWED);
        }
        String path = Percent.decodePath(exchange.rawPath());
        authorise(exchange, caller, path);
        if (live == null) {
            throw new GatewayException(
                    ErrorCode.NOT_IMPLEMENTED, "This server plays no live streams.");
        }
        switch (live.play(path, withoutSignature(exchange.rawQuery()))) {
            case PlaybackAnswer.Playlist(String text, Duration maxAge) ->
                    PlaylistSender.send(exchange, text, maxAge);
            case PlaybackAnswer.LongPlaylist playlist -> PlaylistSender.send(exchange, playlist);
            case PlaybackAnswer.Media media -> {
                try (MediaBody body = media.body()) {
                    media(exchange, media, body);
                }
            }
            case PlaybackAnswer.File(String name, PlaybackAnswer.Media media) -> {
                exchange.setHeader("Content-Disposition", "attachment; filename=\"" + name + '"');
                try (MediaBody body = media.body()) {
                    media(exchange, media, body);
                }
            }
            case PlaybackAnswer.NotFound(String reason) ->
                    throw new GatewayException(ErrorCode.NO_SUCH_PLAYBACK, reason);
            case PlaybackAnswer.BadRequest(String reason) ->
                    throw new GatewayException(ErrorCode.INVALID_ARGUMENT, reason);
            case PlaybackAnswer.Unavailable(String reason, Duration retryAfter) ->
                    throw new GatewayException(ErrorCode.SLOW_DOWN, reason)
                            .withHeader(
                                    "Retry-After",
                                    Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
    }

    private void authorise(Exchange exchange, Caller caller, String path) {
        int from = path.indexOf('/', 1) + 1;
        int end = path.indexOf('/', from);
        String name = end < 0 ? path.substring(from) : path.substring(from, end);
        boolean camera = path.startsWith("/_camera/");
        Decision decision =
                access.decide(
                        caller,
                        camera ? "camera:Play" : "live:Play",
                        (camera ? "_camera/" : "_live/") + name,
                        RequestContext.of(
                                exchange.requestId(), exchange.remoteAddress(), exchange.secure()));
        if (decision instanceof Decision.Denied(var reason, String message, var statement)) {
            throw new GatewayException(ErrorCode.ACCESS_DENIED, message);
        }
    }

    private static void media(Exchange exchange, PlaybackAnswer.Media media, MediaBody body)
            throws IOException {
        ContentType.set(exchange, media.contentType());
        exchange.setHeader("ETag", '"' + media.etag() + '"');
        exchange.setHeader("Accept-Ranges", "bytes");
        List<String> known = Conditions.read(exchange).ifNoneMatch();
        if (known != null && known.contains(media.etag().toLowerCase(java.util.Locale.ROOT))) {
            exchange.status(304).send();
            return;
        }
        long size = body.lengthBytes();
        String total = media.growing() ? "*" : Long.toString(size);
        ByteRange.Selection range = ByteRange.select(exchange.header("Range"), size);
        exchange.setHeader("Cache-Control", cacheControl(media, range, size));
        switch (range) {
            case ByteRange.Whole whole -> send(exchange, body, 0, size);
            case ByteRange.Part part -> {
                exchange.status(206)
                        .setHeader("Content-Range", part.contentRange(media.growing() ? -1 : size));
                send(exchange, body, part.from(), part.length());
            }
            case ByteRange.Unsatisfiable none ->
                    throw new GatewayException(ErrorCode.INVALID_RANGE)
                            .withHeader("Content-Range", "bytes */" + total);
        }
    }

    /** A growing object is kept by range alone, and not when the range reaches its present end. */
    private static String cacheControl(
            PlaybackAnswer.Media media, ByteRange.Selection range, long size) {
        boolean settled = range instanceof ByteRange.Part part && part.to() < size;
        if (media.growing() && !settled) {
            return "no-store";
        }
        return media.immutable() ? "public, max-age=31536000, immutable" : "max-age=1";
    }

    private static void send(Exchange exchange, MediaBody body, long from, long length)
            throws IOException {
        if (exchange.method().equals("HEAD")) {
            exchange.setHeader("Content-Length", Long.toString(length)).send();
            return;
        }
        try (InputStream in = body.open(from, length)) {
            // Not try-with-resources: after a failure the stream must stay open to be reset.
            OutputStream out = exchange.stream(length);
            in.transferTo(out);
            out.close();
        }
    }

    /** The query without what a presigned URL adds: playback has parameters of its own. */
    static String withoutSignature(String rawQuery) {
        if (rawQuery.isEmpty()) {
            return rawQuery;
        }
        StringJoiner kept = new StringJoiner("&");
        for (String parameter : rawQuery.split("&")) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            boolean signature =
                    name.startsWith("X-Amz-")
                            || name.startsWith("x-oss-")
                            || name.equals("OSSAccessKeyId")
                            || name.equals("Signature")
                            || name.equals("Expires")
                            || name.equals("security-token");
            if (!signature && !parameter.isEmpty()) {
                kept.add(parameter);
            }
        }
        return kept.toString();
    }
}
