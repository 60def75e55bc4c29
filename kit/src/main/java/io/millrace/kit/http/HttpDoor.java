package io.millrace.kit.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.door.DoorMetrics;
import io.millrace.kit.door.Guest;
import io.millrace.kit.door.Guests;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 server: event loops move bytes, each request runs on its own virtual thread.
 *
 * <p>A body of at most {@value VertxExchange#WHOLE_BODY_BYTES} bytes is collected by the event loop
 * before its virtual thread starts, so a small request costs one hand-over each way; a larger one
 * is read through a bounded queue that pauses the socket.
 *
 * <p>What heads, bodies and answers make it hold is counted for each connection ({@link Guests});
 * when that is too much, those who keep it waiting longest are shed. A slot is taken by a request
 * that is whole or proven, so bodies that trickle in from strangers take none. Thread-safe.
 */
public final class HttpDoor implements AutoCloseable {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);
    private static final int DRAIN_SECONDS = 10;

    private static final AttributeKey<Guest> GUEST = AttributeKey.valueOf("millrace.guest");

    /** Most bytes that a socket is read for at once. */
    static final int READ_BYTES = 256 << 10;

    private final HttpDoorOptions options;
    private final Vertx vertx;
    private final List<HttpServer> servers = new ArrayList<>();
    private final Slots slots;
    private final Guests guests;

    /** Requests with a thread: also those that wait for their client. */
    private final AtomicInteger running = new AtomicInteger();

    private final HttpHandler handler;
    private int port;

    private HttpDoor(HttpDoorOptions options, HttpHandler handler) {
        this.options = options;
        this.handler = handler;
        this.slots = new Slots(options.maxInFlight());
        this.guests = new Guests(options.bounds(), CLOCK);
        this.vertx = vertx();
    }

    /**
     * Opens the door and serves until it is closed.
     *
     * @throws UncheckedIOException when the port is taken or may not be bound
     */
    public static HttpDoor open(HttpDoorOptions options, HttpHandler handler) {
        HttpDoor door = new HttpDoor(options, handler);
        try {
            door.listen();
            return door;
        } catch (CompletionException e) {
            door.close();
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UncheckedIOException(
                    new java.io.IOException(
                            "Can't open the %s door on %s:%d: %s. Free the port or choose another."
                                    .formatted(
                                            options.name(),
                                            options.host(),
                                            options.port(),
                                            cause.getMessage()),
                            cause));
        } catch (RuntimeException | Error e) {
            door.close();
            throw e;
        }
    }

    /** The port that the door listens on. */
    public int port() {
        return port;
    }

    /** Requests being worked on now. */
    public int inFlight() {
        return slots.taken();
    }

    /** Requests answered 503 because too many were being worked on. */
    public long busy() {
        return slots.refused();
    }

    /** Its connections and what it holds for them. */
    public Guests guests() {
        return guests;
    }

    /** Registers {@code millrace.door.*} of this door. */
    public void register(MeterRegistry metrics) {
        DoorMetrics.register(metrics, options.name(), List.of(guests));
        Gauge.builder("millrace.door.requests", slots, Slots::taken)
                .description("Requests being worked on")
                .tag("door", options.name())
                .register(metrics);
        FunctionCounter.builder("millrace.door.busy", slots, Slots::refused)
                .description("Requests answered 503 because too many were being worked on")
                .tag("door", options.name())
                .register(metrics);
    }

    /** Stops accepting, lets running requests end for up to 10 seconds, then closes everything. */
    @Override
    public void close() {
        slots.closing();
        Deadline drained = CLOCK.deadline(Duration.ofSeconds(DRAIN_SECONDS));
        for (HttpServer server : servers) {
            server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
        }
        try {
            while (running.get() > 0 && !drained.hasPassed()) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("The {} door did not close cleanly: {}", options.name(), e.toString());
        }
    }

    private static int eventLoops() {
        // The handlers need the cores; an event loop alone moves more than a gigabyte a second.
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    private static Vertx vertx() {
        VertxBuilder builder = Vertx.builder().with(vertxOptions());
        GatedEpoll epoll = new GatedEpoll();
        return (epoll.available() ? builder.withTransport(epoll) : builder).build();
    }

    private static VertxOptions vertxOptions() {
        return new VertxOptions()
                .setEventLoopPoolSize(eventLoops())
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setBlockedThreadCheckInterval(TimeUnit.HOURS.toMillis(1))
                .setFileSystemOptions(
                        new FileSystemOptions()
                                .setFileCachingEnabled(false)
                                .setClassPathResolvingEnabled(false));
    }

    private HttpServerOptions serverOptions(int onPort) {
        return new HttpServerOptions()
                .setHost(options.host())
                .setPort(onPort)
                .setMaxHeaderSize(options.maxHeaderBytes())
                .setMaxInitialLineLength(Math.min(32 << 10, options.maxHeaderBytes()))
                .setMaxChunkSize(READ_BYTES)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout((int) options.idleTimeout().toMillis())
                .setAcceptBacklog(1024)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setHttp2ClearTextEnabled(false)
                .setRegisterWebSocketWriteHandlers(false)
                .setHandle100ContinueAutomatically(false);
    }

    private void listen() {
        port = options.port();
        vertx.setPeriodic(
                Math.max(100, options.idleTimeout().toMillis() / 8),
                ignored -> guests.shedOlderThan(options.idleTimeout()));
        for (int i = 0; i < eventLoops(); i++) {
            HttpServer server = listenOn(port);
            servers.add(server);
            port = server.actualPort();
        }
    }

    /** One server per event loop on the same port: the library shares the listening socket. */
    private HttpServer listenOn(int onPort) {
        CompletableFuture<HttpServer> listening = new CompletableFuture<>();
        vertx.runOnContext(
                ignored -> {
                    RequestStarter starter = new RequestStarter();
                    HttpServer server = vertx.createHttpServer(serverOptions(onPort));
                    server.connectionHandler(this::connected);
                    server.requestHandler(starter);
                    server.exceptionHandler(
                            e -> LOG.debug("{} door: connection failed", options.name(), e));
                    server.listen()
                            .onComplete(
                                    outcome -> {
                                        if (outcome.succeeded()) {
                                            listening.complete(outcome.result());
                                        } else {
                                            listening.completeExceptionally(outcome.cause());
                                        }
                                    });
                });
        return listening.join();
    }

    private void connected(HttpConnection connection) {
        Channel channel = ((ConnectionBase) connection).channel();
        InetAddress peer =
                channel.remoteAddress() instanceof InetSocketAddress socket
                        ? socket.getAddress()
                        : null;
        boolean one = peer != null && !options.proxies().trust(peer);
        Guest guest =
                guests.enter(
                        one ? peer : null, () -> channel.eventLoop().execute(() -> reset(channel)));
        if (guest == null) {
            reset(channel);
            return;
        }
        channel.attr(GUEST).set(guest);
        Crowd.join(channel, guests);
        channel.closeFuture().addListener(ignored -> guest.leaves());
        StrictDecoder.install(connection, options, guest);
        BodyTap.install(connection, guest);
    }

    private static void reset(Channel channel) {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            // Past the library, which would wait for what the client doesn't take.
            channel.unsafe().close(channel.newPromise());
        }
    }

    /** Starts each request: on the event loop, so it only checks, collects and hands over. */
    private final class RequestStarter implements Handler<HttpServerRequest> {
        @Override
        public void handle(HttpServerRequest request) {
            RequestCheck check = RequestCheck.of(request);
            Guest guest = ((ConnectionBase) request.connection()).channel().attr(GUEST).get();
            if (guest == null) {
                request.connection().close(); // it was turned away, and is about to close
                return;
            }
            if (Lingering.said(request.connection())) {
                return; // behind an answer that ends the connection: RFC 9112, section 9.6
            }
            Slots.Slot slot =
                    options.reserved().contains(check.path()) ? slots.reserved() : slots.slot();
            VertxExchange exchange = new VertxExchange(request, check, options, port, guest, slot);
            if (check.problem() != null) {
                exchange.refuse(400, check.problem());
            } else {
                exchange.start(() -> begin(exchange));
            }
        }

        /** On the event loop, when the request may begin: a whole small body has arrived. */
        private void begin(VertxExchange exchange) {
            if (exchange.mayBegin()) {
                running.incrementAndGet();
                Thread.startVirtualThread(() -> run(exchange));
            } else {
                handler.busy(exchange);
            }
        }
    }

    private void run(VertxExchange exchange) {
        try {
            handler.handle(exchange);
        } catch (Throwable e) {
            if (e instanceof DoorBusyException && !exchange.answered()) {
                handler.busy(exchange);
            } else if (!(e instanceof java.io.IOException)) {
                LOG.error("Request {} failed", exchange.requestId(), e);
            } else {
                LOG.debug("Request {} failed", exchange.requestId(), e);
            }
        } finally {
            exchange.finish();
            exchange.slot().giveBack();
            running.decrementAndGet();
        }
    }
}
