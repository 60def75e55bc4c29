package io.millrace.live.rtmp;

import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.Opened;
import io.millrace.kit.door.Guest;
import io.millrace.kit.door.Guests;
import io.millrace.live.LiveException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for RTMP publishers. Each connection lives on a virtual thread of its own, top to bottom;
 * one more thread looks for those that are late or silent. Thread-safe.
 */
public final class RtmpDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RtmpDoor.class);
    private static final int BACKLOG = 4096;

    /** Often, so that a crowd that comes at once is not all cut at once. */
    private static final int WATCH_MILLIS = 100;

    private final RtmpDoorOptions options;
    private final Ingest ingest;
    private final MonotonicClock clock;
    private final ServerSocket socket;
    private final Set<RtmpConnection> connections = ConcurrentHashMap.newKeySet();
    private final Guests guests;
    private final AtomicLong receivedBytes = new AtomicLong();
    private volatile boolean closed;

    private RtmpDoor(
            RtmpDoorOptions options, Ingest ingest, ServerSocket socket, MonotonicClock clock) {
        this.clock = clock;
        this.options = options;
        this.ingest = ingest;
        this.socket = socket;
        this.guests = new Guests(options.bounds(), clock);
    }

    /**
     * Opens the door; it listens when this returns.
     *
     * @throws LiveException DOOR when the port can't be had
     */
    public static RtmpDoor open(RtmpDoorOptions options, Ingest ingest, MonotonicClock clock) {
        ServerSocket socket = bind(options);
        RtmpDoor door = new RtmpDoor(options, ingest, socket, clock);
        Thread.ofVirtual().name("rtmp-accept").start(door::accept);
        Thread.ofVirtual().name("rtmp-watch").start(door::watch);
        return door;
    }

    private static ServerSocket bind(RtmpDoorOptions options) {
        try (Opened opened = new Opened()) {
            ServerSocket socket = opened.add(new ServerSocket());
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(options.host(), options.port()), BACKLOG);
            opened.keep();
            return socket;
        } catch (IOException e) {
            throw new LiveException(
                    LiveException.Code.DOOR,
                    "RTMP port " + options.port() + " can't be opened: " + e.getMessage(),
                    e);
        }
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** Connections now. */
    public int connections() {
        return connections.size();
    }

    /** Its connections and what it holds for them: those that publish are known. */
    public Guests guests() {
        return guests;
    }

    /** Bytes received over all connections. */
    public long receivedBytes() {
        return receivedBytes.get();
    }

    private void accept() {
        while (!closed) {
            try {
                serve(socket.accept());
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("RTMP accept failed: {}", e.getMessage());
                    pause(100);
                }
            }
        }
    }

    private void serve(Socket client) throws IOException {
        RtmpConnection connection =
                new RtmpConnection(client, options, ingest, receivedBytes, clock);
        Guest guest =
                guests.enter(
                        client.getInetAddress(),
                        () -> connection.cut("the door needs its place for others"));
        if (guest == null) {
            client.close();
            return;
        }
        connections.add(connection);
        Thread.ofVirtual()
                .name("rtmp-" + connection.address())
                .start(
                        () -> {
                            try {
                                connection.run(guest);
                            } finally {
                                guest.leaves();
                                connections.remove(connection);
                            }
                        });
    }

    private void watch() {
        while (!closed) {
            pause(WATCH_MILLIS);
            connections.forEach(RtmpConnection::checkTimeouts);
        }
    }

    private static void pause(long milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops listening, cuts every publisher and waits up to 5 s for their last segments. */
    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            LOG.warn("RTMP door did not close cleanly: {}", e.getMessage());
        }
        connections.forEach(c -> c.cut("the server stops"));
        Deadline deadline = clock.deadline(Duration.ofSeconds(5));
        while (!connections.isEmpty() && !deadline.hasPassed()) {
            pause(10);
        }
    }
}
