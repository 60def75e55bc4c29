package io.millrace.live;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** The real live module over a real store, with a small HTTP server in front of its playback. */
final class Rig implements AutoCloseable {
    private final Path directory;
    private final UnaryOperator<LiveOptions> options;
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private KeySpace keySpace;
    private Leases leases;
    FaultyExtents extents;
    Store store;
    private Access access;
    Live live;
    private HttpServer http;

    /** How far live's wall clock is ahead of the machine's. */
    private Duration ahead = Duration.ZERO;

    private Rig(Path directory, UnaryOperator<LiveOptions> options) {
        this.directory = directory;
        this.options = options;
        openStore();
        store.buckets().create("recordings", "tests", BucketAcl.PRIVATE);
        openLive();
    }

    static Rig open(Path directory, UnaryOperator<LiveOptions> options) {
        return new Rig(directory, options);
    }

    private void openStore() {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        Extents disk =
                LocalExtents.open(
                        List.of(directory.resolve("extents")),
                        ExtentsOptions.standard().withReserveBytes(0));
        extents = new FaultyExtents(disk);
        store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), Clocks.system());
    }

    private void openLive() {
        LiveOptions base =
                LiveOptions.defaults(directory)
                        .withRtmpPort(0)
                        .withReconnectGrace(Duration.ofSeconds(60));
        access =
                Access.open(
                        keySpace,
                        leases,
                        MasterKey.loadOrCreate(directory.resolve("master.key"), keySpace),
                        AccessOptions.defaults(),
                        Clocks.system());
        live =
                Live.open(
                        keySpace,
                        leases,
                        store,
                        access,
                        options.apply(base),
                        Announcements.NONE,
                        new Clocks(() -> Instant.now().plus(ahead), MonotonicClock.system()),
                        metrics);
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", this::answer);
        http.start();
    }

    /** Stops cleanly and starts again over the same data. */
    void restart() {
        close();
        openStore();
        openLive();
    }

    /** The same, so much later. */
    void restart(Duration later) {
        ahead = ahead.plus(later);
        restart();
    }

    StreamInfo stream(String name) {
        return switch (live.streams().create(name, "recordings", "live/")) {
            case Streams.CreateOutcome.Created(StreamInfo info) -> info;
            case Streams.CreateOutcome.Exists(StreamInfo info) -> info;
            case Streams.CreateOutcome other -> throw new AssertionError(other.toString());
        };
    }

    String ingest(StreamInfo info) {
        return "rtmp://127.0.0.1:" + live.rtmpPort() + "/live/" + info.publishName();
    }

    String url(String path) {
        return "http://127.0.0.1:" + http.getAddress().getPort() + path;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (live.play(exchange.getRequestURI().getPath(), "")) {
                case PlaybackAnswer.Playlist p -> {
                    byte[] text = p.text().getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders()
                            .add("Content-Type", "application/vnd.apple.mpegurl");
                    exchange.sendResponseHeaders(200, text.length);
                    exchange.getResponseBody().write(text);
                }
                case PlaybackAnswer.LongPlaylist p -> exchange.sendResponseHeaders(501, -1);
                case PlaybackAnswer.Media m -> {
                    exchange.getResponseHeaders().add("Content-Type", m.contentType());
                    exchange.sendResponseHeaders(200, m.body().lengthBytes());
                    try (MediaBody body = m.body();
                            InputStream in = body.open(0, body.lengthBytes())) {
                        in.transferTo(exchange.getResponseBody());
                    }
                }
                case PlaybackAnswer.File f -> {
                    exchange.sendResponseHeaders(200, f.media().body().lengthBytes());
                    try (MediaBody body = f.media().body();
                            InputStream in = body.open(0, body.lengthBytes())) {
                        in.transferTo(exchange.getResponseBody());
                    }
                }
                case PlaybackAnswer.NotFound n -> exchange.sendResponseHeaders(404, -1);
                case PlaybackAnswer.BadRequest b -> exchange.sendResponseHeaders(400, -1);
                case PlaybackAnswer.Unavailable u -> exchange.sendResponseHeaders(503, -1);
            }
        }
    }

    /** A playlist's text; fails when the answer is another. */
    String text(String path) {
        PlaybackAnswer answer = live.play(path, "");
        if (answer instanceof PlaybackAnswer.Playlist(String text, Duration age)) {
            return text;
        }
        throw new AssertionError(path + " answers " + answer);
    }

    /** The bytes of a segment. */
    byte[] bytes(String path) {
        if (live.play(path, "") instanceof PlaybackAnswer.Media media) {
            try (MediaBody body = media.body();
                    InputStream in = body.open(0, body.lengthBytes())) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new AssertionError(path + " is no media");
    }

    MediaPlaylist media(String path) {
        return PlaylistParser.media(text(path));
    }

    boolean plays(String path) {
        return live.play(path, "") instanceof PlaybackAnswer.Playlist;
    }

    StreamStatus status(String name) {
        return live.streams().status(name).orElseThrow();
    }

    static void await(String what, Duration limit, BooleanSupplier holds) {
        long end = System.nanoTime() + limit.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        http.stop(0);
        live.close();
        access.close();
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }
}
