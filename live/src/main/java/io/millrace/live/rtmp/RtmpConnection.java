package io.millrace.live.rtmp;

import io.millrace.formats.FormatException;
import io.millrace.formats.amf.Amf0;
import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.flv.FlvAggregate;
import io.millrace.formats.rtmp.ChunkReader;
import io.millrace.formats.rtmp.ChunkWriter;
import io.millrace.formats.rtmp.RtmpHandshake;
import io.millrace.formats.rtmp.RtmpMessage;
import io.millrace.kit.MonotonicClock;
import io.millrace.kit.door.Guest;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One RTMP connection: handshake, commands, then a publisher's messages until it ends.
 *
 * <p>All of it runs on one virtual thread; only {@link #cut}, {@link #silentFor} and {@link
 * #checkTimeouts} are called from others.
 */
final class RtmpConnection implements Ingest.Peer {
    private static final Logger LOG = LoggerFactory.getLogger(RtmpConnection.class);

    /** Before the key is shown a message is a command: small. */
    private static final int STRANGER_MESSAGE_BYTES = 16 << 10;

    /** Both sides of the handshake, and a thread's stack. */
    private static final int HANDSHAKE_BYTES = 8 << 10;

    /** What a stranger can make us hold: two unfinished messages, the reader's buffer, a stack. */
    private static final int STRANGER_BYTES = 2 * STRANGER_MESSAGE_BYTES + (8 << 10);

    private static final int PUBLISHER_MESSAGE_BYTES = 16 << 20;
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long RATE_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Socket socket;
    private final RtmpDoorOptions options;
    private final AtomicLong totalBytes;
    private final String address;
    private final RtmpCommands commands;
    private final MonotonicClock clock;
    private final long connectedAt;
    private volatile long heardAt;
    private volatile boolean publishing;
    private volatile @Nullable String cutReason;
    private long countedBytes;
    private long acknowledgedBytes;
    private long ackWindow = Long.MAX_VALUE;
    private long pingedAt;
    private long rateFrom;
    private long rateBytes;

    RtmpConnection(
            Socket socket,
            RtmpDoorOptions options,
            Ingest ingest,
            AtomicLong totalBytes,
            MonotonicClock clock) {
        this.clock = clock;
        this.connectedAt = clock.nanos();
        this.heardAt = connectedAt;
        this.pingedAt = connectedAt;
        this.rateFrom = connectedAt;
        this.socket = socket;
        this.options = options;
        this.totalBytes = totalBytes;
        this.address = socket.getInetAddress().getHostAddress() + ":" + socket.getPort();
        this.commands = new RtmpCommands(ingest, this);
    }

    void run(Guest guest) {
        guest.awaited();
        guest.holding(HANDSHAKE_BYTES);
        String why = "the publisher's connection ended without a word";
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            RtmpHandshake.accept(in, socket.getOutputStream());
            guest.holding(STRANGER_BYTES);
            ChunkReader reader = new ChunkReader(in, STRANGER_MESSAGE_BYTES);
            ChunkWriter writer = new ChunkWriter(socket.getOutputStream());
            serve(reader, writer, guest);
        } catch (FormatException e) {
            why = "the publisher sent " + e.getMessage();
        } catch (IOException e) {
            why = "the connection broke: " + e.getMessage();
        } catch (RuntimeException e) {
            LOG.error("RTMP connection {} failed", address, e);
            why = "an error in the server";
        } finally {
            String cut = cutReason;
            commands.end(cut != null ? cut : why);
            LOG.debug("RTMP connection {} ends: {}", address, cut != null ? cut : why);
        }
    }

    private void serve(ChunkReader reader, ChunkWriter writer, Guest guest) throws IOException {
        while (cutReason == null) {
            RtmpMessage message = reader.read();
            if (message == null) {
                return;
            }
            heardAt = clock.nanos();
            count(reader, writer);
            if (!handle(message, reader, writer)) {
                return;
            }
            if (publishing) {
                guest.proven();
                guest.moved(message.payload().length);
                guest.holding(reader.heldBytes() + (long) message.payload().length);
                if (!reader.hasBuffered()) {
                    gather();
                }
            }
        }
    }

    /** False when the connection is to end. */
    private boolean handle(RtmpMessage message, ChunkReader reader, ChunkWriter writer)
            throws IOException {
        switch (message.type()) {
            case RtmpMessage.WINDOW_ACK_SIZE ->
                    ackWindow = Math.max(1_000, ChunkReader.controlValue(message));
            case RtmpMessage.USER_CONTROL -> userControl(message, writer);
            case RtmpMessage.COMMAND_AMF0, RtmpMessage.COMMAND_AMF3 -> {
                boolean goOn = commands.command(message.streamId(), values(message), writer);
                if (commands.published() && !publishing) {
                    reader.trust(PUBLISHER_MESSAGE_BYTES);
                    publishing = true;
                }
                return goOn;
            }
            case RtmpMessage.DATA_AMF0, RtmpMessage.DATA_AMF3 -> commands.data(values(message));
            case RtmpMessage.AUDIO, RtmpMessage.VIDEO -> {
                return media(message.type(), message.timestamp(), message.payload(), writer);
            }
            case RtmpMessage.AGGREGATE -> {
                for (FlvAggregate.Part part : FlvAggregate.split(message)) {
                    if (!media(part.type(), part.timestamp(), part.body(), writer)) {
                        return false;
                    }
                }
            }
            default -> {} // acknowledgements, peer bandwidth, shared objects
        }
        return true;
    }

    private boolean media(int type, long timestamp, byte[] body, ChunkWriter writer)
            throws IOException {
        Ingest.Publication publication = commands.publication();
        if (publication == null) {
            return true;
        }
        try {
            if (type == RtmpMessage.VIDEO) {
                publication.video(timestamp, body);
            } else if (type == RtmpMessage.AUDIO) {
                publication.audio(timestamp, body);
            }
            return true;
        } catch (FormatException e) {
            commands.refuseMedia(writer, e.getMessage());
            cut("the publisher sent " + e.getMessage());
            return false;
        }
    }

    private static List<AmfValue> values(RtmpMessage message) {
        byte[] p = message.payload();
        boolean amf3 =
                message.type() == RtmpMessage.COMMAND_AMF3
                        || message.type() == RtmpMessage.DATA_AMF3;
        int from = amf3 && p.length > 0 && p[0] == 0 ? 1 : 0;
        return Amf0.read(p, from, p.length - from);
    }

    private static void userControl(RtmpMessage message, ChunkWriter writer) throws IOException {
        byte[] p = message.payload();
        if (p.length >= 6 && p[0] == 0 && p[1] == 6) {
            int time = p[2] << 24 | (p[3] & 0xff) << 16 | (p[4] & 0xff) << 8 | (p[5] & 0xff);
            writer.userControl(7, time);
        }
    }

    /** Acknowledgements, pings and the bitrate's bound. */
    private void count(ChunkReader reader, ChunkWriter writer) throws IOException {
        long received = reader.receivedBytes();
        totalBytes.addAndGet(received - countedBytes);
        countedBytes = received;
        if (received - acknowledgedBytes >= ackWindow) {
            acknowledgedBytes = received;
            writer.control(RtmpMessage.ACKNOWLEDGEMENT, (int) received);
        }
        long now = heardAt;
        if (now - pingedAt > PING_NANOS) {
            pingedAt = now;
            writer.userControl(6, (int) TimeUnit.NANOSECONDS.toMillis(now - connectedAt));
        }
        if (now - rateFrom > RATE_WINDOW_NANOS) {
            double rate = (received - rateBytes) * 8e9 / (now - rateFrom);
            if (rate > options.maxBitrateBitsPerSecond()) {
                cut("more than " + options.maxBitrateBitsPerSecond() + " bit/s");
            }
            rateFrom = now;
            rateBytes = received;
        }
    }

    /**
     * Lets bytes gather in the kernel. A publisher sends some seventy small writes a second; a
     * wake-up for each costs more than all the work on its bytes.
     */
    private void gather() {
        try {
            TimeUnit.NANOSECONDS.sleep(options.gather().toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Called every second by the door's watch. */
    void checkTimeouts() {
        long now = clock.nanos();
        if (!publishing && now - connectedAt > options.handshakeTimeout().toNanos()) {
            cut("no publish command in time");
        } else if (now - heardAt > options.idleTimeout().toNanos()) {
            cut("nothing heard for " + options.idleTimeout().toSeconds() + " s");
        }
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public boolean silentFor(long milliseconds) {
        return clock.nanos() - heardAt > TimeUnit.MILLISECONDS.toNanos(milliseconds);
    }

    @Override
    public void cut(String reason) {
        if (cutReason == null) {
            cutReason = reason;
        }
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("RTMP socket {} did not close cleanly: {}", address, e.getMessage());
        }
    }
}
