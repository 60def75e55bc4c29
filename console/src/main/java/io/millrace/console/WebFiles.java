package io.millrace.console;

import io.millrace.kit.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Serves the page from the class path. Files under {@code /assets/} carry a hash in their name and
 * never change; every other path that is no file is the page itself, which finds its own way.
 */
final class WebFiles {
    private static final Pattern FILE = Pattern.compile("/(assets/)?[A-Za-z0-9_.\\-]+\\.[a-z0-9]+");
    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "svg", "image/svg+xml",
                    "png", "image/png",
                    "woff2", "font/woff2",
                    "json", "application/json",
                    "txt", "text/plain; charset=utf-8");

    private final ConsoleOptions options;
    private final Map<String, Optional<WebFile>> files = new ConcurrentHashMap<>();

    /** A file in memory, as it is and packed. */
    @SuppressWarnings("ArrayRecordComponent")
    private record WebFile(byte[] bytes, byte @Nullable [] gzip, String type, String etag) {}

    WebFiles(ConsoleOptions options) {
        this.options = options;
    }

    void handle(Exchange exchange) {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            plain(exchange, 405, "The page answers GET only.");
            return;
        }
        String path = exchange.rawPath();
        boolean file = FILE.matcher(path).matches();
        Optional<WebFile> found = file ? load(path) : Optional.empty();
        if (found.isEmpty() && path.startsWith("/assets/")) {
            plain(exchange, 404, "There is no such file; reload the page.");
            return;
        }
        WebFile page = found.orElse(null);
        if (page == null) {
            page = load("/index.html").orElse(null);
            path = "/index.html";
        }
        if (page == null) {
            plain(exchange, 503, "The web page was not built into this program; the API works.");
            return;
        }
        headers(exchange);
        send(exchange, page, path.startsWith("/assets/"));
    }

    private void send(Exchange exchange, WebFile file, boolean immutable) {
        exchange.setHeader("Content-Type", file.type())
                .setHeader("ETag", file.etag())
                .setHeader("Vary", "Accept-Encoding")
                .setHeader(
                        "Cache-Control",
                        immutable ? "public, max-age=31536000, immutable" : "no-cache");
        if (file.etag().equals(exchange.header("If-None-Match"))) {
            exchange.status(304).send();
            return;
        }
        byte[] body = file.bytes();
        String accepted = exchange.header("Accept-Encoding");
        if (file.gzip() != null && accepted != null && accepted.contains("gzip")) {
            exchange.setHeader("Content-Encoding", "gzip");
            body = file.gzip();
        }
        if (exchange.method().equals("HEAD")) {
            exchange.setHeader("Content-Length", Integer.toString(body.length)).send();
        } else {
            exchange.send(body);
        }
    }

    private void headers(Exchange exchange) {
        DoorAddresses.Public doors = Console.doors(options, exchange);
        boolean embed = exchange.rawPath().startsWith("/embed/");
        String others = originOf(doors.edge()) + " " + originOf(doors.object());
        exchange.setHeader(
                        "Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self';"
                                + " img-src 'self' blob: data: "
                                + others
                                + "; media-src 'self' blob: "
                                + others
                                + "; connect-src 'self' "
                                + others
                                + "; worker-src 'self' blob:; base-uri 'none'; form-action 'none';"
                                + " frame-ancestors "
                                + (embed ? "*" : "'none'"))
                .setHeader("X-Content-Type-Options", "nosniff")
                .setHeader("Referrer-Policy", "no-referrer")
                .setHeader("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
        if (!embed) {
            exchange.setHeader("X-Frame-Options", "DENY");
        }
        if (!embed && exchange.secure()) { // browsers refuse it with an error on plain http
            exchange.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        }
    }

    /** Scheme, host and port; anything that could end the header's directive is left out. */
    private static String originOf(String url) {
        int slash = url.indexOf('/', url.indexOf("://") + 3);
        String origin = slash < 0 ? url : url.substring(0, slash);
        return origin.matches("[A-Za-z0-9:/.\\-\\[\\]]+") ? origin : "";
    }

    private static void plain(Exchange exchange, int status, String text) {
        exchange.status(status)
                .setHeader("Content-Type", "text/plain; charset=utf-8")
                .setHeader("Cache-Control", "no-store")
                .setHeader("X-Content-Type-Options", "nosniff")
                .send(text);
    }

    private Optional<WebFile> load(String path) {
        Optional<WebFile> known = files.get(path);
        if (known != null) {
            return known;
        }
        try (InputStream in = WebFiles.class.getResourceAsStream("/web" + path)) {
            if (in == null) {
                return Optional.empty(); // not remembered: names that don't exist are endless
            }
            Optional<WebFile> file = Optional.of(pack(path, in.readAllBytes()));
            files.put(path, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static WebFile pack(String path, byte[] bytes) throws IOException {
        String ending = path.substring(path.lastIndexOf('.') + 1);
        String type = TYPES.getOrDefault(ending, "application/octet-stream");
        byte[] gzip = null;
        if (!ending.equals("woff2") && !ending.equals("png") && bytes.length > 1024) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (GZIPOutputStream packer = new GZIPOutputStream(out)) {
                packer.write(bytes);
            }
            gzip = out.toByteArray();
        }
        return new WebFile(bytes, gzip, type, '"' + hash(bytes) + '"');
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
