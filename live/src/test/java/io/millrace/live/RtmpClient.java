package io.millrace.live;

import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.flv.FlvFile;
import io.millrace.formats.rtmp.ChunkReader;
import io.millrace.formats.rtmp.ChunkWriter;
import io.millrace.formats.rtmp.RtmpHandshake;
import io.millrace.formats.rtmp.RtmpMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A publisher that can be made to misbehave; the good behaviour is ffmpeg's job. */
final class RtmpClient implements AutoCloseable {
    private final Socket socket;
    private final ChunkWriter writer;
    private final ChunkReader reader;

    RtmpClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        RtmpHandshake.connect(socket.getInputStream(), socket.getOutputStream());
        writer = new ChunkWriter(socket.getOutputStream());
        reader = new ChunkReader(socket.getInputStream(), 1 << 20);
    }

    /** Goes through the dialogue; answers the text of the last onStatus. */
    String publish(String app, String name) throws IOException {
        writer.command(0, AmfValue.of("connect"), AmfValue.of(1), AmfValue.object("app", app));
        writer.command(0, AmfValue.of("createStream"), AmfValue.of(2), AmfValue.NOTHING);
        writer.command(
                1,
                AmfValue.of("publish"),
                AmfValue.of(3),
                AmfValue.NOTHING,
                AmfValue.of(name),
                AmfValue.of("live"));
        return awaitText("NetStream.Publish.", "NetConnection.Connect.InvalidApp");
    }

    /** Reads until a message holds one of the words; answers it as text, empty at the end. */
    String awaitText(String... words) throws IOException {
        while (true) {
            RtmpMessage message;
            try {
                message = reader.read();
            } catch (IOException e) {
                return "";
            }
            if (message == null) {
                return "";
            }
            String text = new String(message.payload(), StandardCharsets.ISO_8859_1);
            for (String word : words) {
                if (text.contains(word)) {
                    return text;
                }
            }
        }
    }

    void send(int type, long timestamp, byte[] body) throws IOException {
        writer.write(type == 9 ? 6 : 4, new RtmpMessage(type, 1, timestamp & 0xffffffffL, body));
    }

    void raw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    static List<FlvFile.Tag> tags(Path flv) throws IOException {
        FlvFile file = new FlvFile(new ByteArrayInputStream(Files.readAllBytes(flv)));
        List<FlvFile.Tag> tags = new ArrayList<>();
        for (FlvFile.Tag tag = file.read(); tag != null; tag = file.read()) {
            if (tag.type() != 18) {
                tags.add(tag);
            }
        }
        return tags;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
