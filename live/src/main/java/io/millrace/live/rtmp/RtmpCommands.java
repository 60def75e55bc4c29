package io.millrace.live.rtmp;

import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.rtmp.ChunkWriter;
import io.millrace.formats.rtmp.RtmpMessage;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command dialogue of a publisher: connect, releaseStream, FCPublish, createStream, publish,
 * and the ways to end (RTMP 1.0, section 7.2). Used by the connection's thread alone.
 */
final class RtmpCommands {
    private static final Logger LOG = LoggerFactory.getLogger(RtmpCommands.class);
    private static final String APPLICATION = "live";
    private static final int STREAM_ID = 1;
    private static final int WINDOW_BYTES = 5_000_000;
    private static final int CHUNK_BYTES = 64 * 1024;

    /** A wrong key costs its sender time. */
    private static final long REFUSAL_PAUSE_MILLISECONDS = 1_000;

    private final Ingest ingest;
    private final Ingest.Peer peer;
    private String applicationQuery = "";
    private boolean connected;
    private boolean ended;
    private Ingest.@Nullable Publication publication;

    RtmpCommands(Ingest ingest, Ingest.Peer peer) {
        this.ingest = ingest;
        this.peer = peer;
    }

    /** The push that is running, null before and after. */
    Ingest.@Nullable Publication publication() {
        return publication;
    }

    boolean published() {
        return publication != null;
    }

    /** Takes a command; false when the connection is to end. */
    boolean command(int streamId, List<AmfValue> values, ChunkWriter writer) throws IOException {
        String name = text(values, 0);
        double transaction =
                values.size() > 1 && values.get(1) instanceof AmfValue.Num(double n) ? n : 0;
        if (name == null) {
            return true;
        }
        return switch (name) {
            case "connect" -> connect(transaction, values, writer);
            case "releaseStream", "FCPublish", "FCSubscribe" -> {
                result(writer, transaction, AmfValue.NOTHING);
                yield true;
            }
            case "createStream" -> {
                result(writer, transaction, AmfValue.of(STREAM_ID));
                yield true;
            }
            case "publish" -> publish(text(values, 3), writer);
            case "FCUnpublish", "closeStream", "deleteStream" -> {
                end(Ingest.Publication.BY_ITSELF);
                yield true;
            }
            case "play", "play2" -> {
                status(
                        writer,
                        "error",
                        "NetStream.Play.Failed",
                        "this door takes publishers; play over HLS");
                yield false;
            }
            default -> true; // _checkbw, getStreamLength and other wishes without an effect
        };
    }

    private boolean connect(double transaction, List<AmfValue> values, ChunkWriter writer)
            throws IOException {
        String app =
                values.size() > 2 && values.get(2) instanceof AmfValue.Obj fields
                        ? fields.text("app")
                        : null;
        String[] parts = (app == null ? "" : app).split("\\?", 2);
        String name = parts[0].replaceAll("/+$", "");
        if (!name.equals(APPLICATION)) {
            error(
                    writer,
                    transaction,
                    "NetConnection.Connect.InvalidApp",
                    "no application \"" + name + "\"; publish to rtmp://host/live");
            return false;
        }
        applicationQuery = parts.length == 2 ? parts[1] : "";
        connected = true;
        writer.control(RtmpMessage.WINDOW_ACK_SIZE, WINDOW_BYTES);
        writer.peerBandwidth(WINDOW_BYTES);
        writer.setChunkSize(CHUNK_BYTES); // ffmpeg answers with the same size for its own chunks
        writer.command(
                0,
                AmfValue.of("_result"),
                AmfValue.of(transaction),
                AmfValue.object("fmsVer", "FMS/3,0,1,123", "capabilities", 31),
                AmfValue.object(
                        "level",
                        "status",
                        "code",
                        "NetConnection.Connect.Success",
                        "description",
                        "Connected.",
                        "objectEncoding",
                        0));
        return true;
    }

    private boolean publish(@Nullable String publishName, ChunkWriter writer) throws IOException {
        if (!connected || ended || publication != null || publishName == null) {
            status(writer, "error", "NetStream.Publish.BadName", "publish out of turn");
            return false;
        }
        String[] parts = publishName.split("\\?", 2);
        String query = parts.length == 2 ? parts[1] : applicationQuery;
        switch (ingest.admit(parts[0], key(query), peer)) {
            case Ingest.Admission.Admitted(Ingest.Publication admitted) -> {
                publication = admitted;
                writer.userControl(0, STREAM_ID);
                status(writer, "status", "NetStream.Publish.Start", parts[0] + " is live");
                return true;
            }
            case Ingest.Admission.Refused(Ingest.Why why, String reason) -> {
                LOG.info("publisher {} refused: {}", peer.address(), reason);
                if (why == Ingest.Why.DENIED) {
                    pause();
                }
                String code =
                        why == Ingest.Why.UNAVAILABLE
                                ? "NetStream.Publish.Failed"
                                : why == Ingest.Why.BUSY
                                        ? "NetStream.Publish.BadName"
                                        : "NetStream.Publish.Denied";
                status(writer, "error", code, reason);
                return false;
            }
        }
    }

    /** The value of {@code key} in a query; empty when there is none. */
    static String key(String query) {
        for (String pair : query.split("&")) {
            if (pair.startsWith("key=")) {
                try {
                    return URLDecoder.decode(pair.substring(4), StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    return ""; // a broken escape is a wrong key
                }
            }
        }
        return "";
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(REFUSAL_PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes a data message: metadata, wrapped by @setDataFrame or not. */
    void data(List<AmfValue> values) {
        Ingest.Publication running = publication;
        if (running == null) {
            return;
        }
        for (AmfValue value : values) {
            if (value instanceof AmfValue.Obj fields) {
                running.metadata(fields);
                return;
            }
        }
    }

    /** Ends the push, once. */
    void end(String why) {
        Ingest.Publication running = publication;
        if (running != null && !ended) {
            ended = true;
            publication = null;
            running.end(why);
        }
    }

    /** Tells the publisher that its media can't be taken. */
    void refuseMedia(ChunkWriter writer, @Nullable String reason) throws IOException {
        status(writer, "error", "NetStream.Publish.Failed", String.valueOf(reason));
    }

    private static void result(ChunkWriter writer, double transaction, AmfValue value)
            throws IOException {
        writer.command(
                0, AmfValue.of("_result"), AmfValue.of(transaction), AmfValue.NOTHING, value);
    }

    private static void error(ChunkWriter writer, double transaction, String code, String text)
            throws IOException {
        writer.command(
                0,
                AmfValue.of("_error"),
                AmfValue.of(transaction),
                AmfValue.NOTHING,
                AmfValue.object("level", "error", "code", code, "description", text));
    }

    private static void status(ChunkWriter writer, String level, String code, String text)
            throws IOException {
        writer.command(
                STREAM_ID,
                AmfValue.of("onStatus"),
                AmfValue.of(0),
                AmfValue.NOTHING,
                AmfValue.object("level", level, "code", code, "description", text));
    }

    private static @Nullable String text(List<AmfValue> values, int index) {
        return index < values.size() && values.get(index) instanceof AmfValue.Str(String s)
                ? s
                : null;
    }
}
