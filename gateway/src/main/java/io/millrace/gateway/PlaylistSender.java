package io.millrace.gateway;

import io.millrace.gateway.parse.Conditions;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.Gzip;
import io.millrace.live.PlaybackAnswer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * Sends playlists: packed to whoever takes gzip, and 304 to whoever has the same text already. The
 * ETag is weak, since it names the text and not its encoding.
 */
final class PlaylistSender {
    private static final String TYPE = "application/vnd.apple.mpegurl";

    private PlaylistSender() {}

    static void send(Exchange exchange, String text, Duration maxAge) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String etag = etag(bytes);
        head(exchange, maxAge.isZero() ? "no-cache" : "max-age=" + maxAge.toSeconds());
        exchange.setHeader("ETag", "W/\"" + etag + '"');
        List<String> known = Conditions.read(exchange).ifNoneMatch();
        if (known != null && (known.contains(etag) || known.contains("*"))) {
            exchange.status(304).send();
            return;
        }
        exchange.setHeader("Content-Type", TYPE);
        if (bytes.length >= Gzip.LEAST_BYTES && packs(exchange)) {
            exchange.setHeader("Content-Encoding", "gzip");
            exchange.send(Gzip.pack(bytes));
        } else {
            exchange.send(bytes);
        }
    }

    /** One that is written while it is made, and so has no ETag. */
    static void send(Exchange exchange, PlaybackAnswer.LongPlaylist playlist) throws IOException {
        head(exchange, "max-age=" + playlist.maxAge().toSeconds());
        exchange.setHeader("Content-Type", TYPE);
        playlist.next()
                .ifPresent(next -> exchange.setHeader("Link", "<" + next + ">; rel=\"next\""));
        boolean packed = packs(exchange);
        if (packed) {
            exchange.setHeader("Content-Encoding", "gzip");
        }
        if (exchange.method().equals("HEAD")) {
            exchange.send();
            return;
        }
        // Not try-with-resources: a playlist that breaks off must not look whole.
        OutputStream out = exchange.stream(-1);
        Writer text =
                new OutputStreamWriter(packed ? Gzip.packer(out) : out, StandardCharsets.UTF_8);
        playlist.text().writeTo(text);
        text.close();
    }

    private static void head(Exchange exchange, String cacheControl) {
        exchange.setHeader("Cache-Control", cacheControl);
        exchange.setHeader("Vary", "Accept-Encoding");
    }

    private static boolean packs(Exchange exchange) {
        return Gzip.accepted(String.join(",", exchange.headers("Accept-Encoding")));
    }

    private static String etag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
