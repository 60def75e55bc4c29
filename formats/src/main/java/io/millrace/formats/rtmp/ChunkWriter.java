package io.millrace.formats.rtmp;

import io.millrace.formats.amf.Amf0;
import io.millrace.formats.amf.AmfValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Writes RTMP messages as chunks (RTMP 1.0, section 5.3). Each message starts with a full header,
 * which any peer reads. Thread-safe: messages do not interleave.
 */
public final class ChunkWriter {
    private final OutputStream out;
    private int chunkSize = 128;

    public ChunkWriter(OutputStream out) {
        this.out = out;
    }

    /** Tells the peer the chunk size in bytes and uses it from then on. */
    public synchronized void setChunkSize(int bytes) throws IOException {
        control(RtmpMessage.SET_CHUNK_SIZE, bytes);
        chunkSize = bytes;
    }

    /** A protocol control message of one 32-bit number. */
    public void control(int type, int value) throws IOException {
        write(2, new RtmpMessage(type, 0, 0, ByteBuffer.allocate(4).putInt(value).array()));
    }

    /** Set Peer Bandwidth, dynamic. */
    public void peerBandwidth(int bytes) throws IOException {
        byte[] body = ByteBuffer.allocate(5).putInt(bytes).put((byte) 2).array();
        write(2, new RtmpMessage(RtmpMessage.SET_PEER_BANDWIDTH, 0, 0, body));
    }

    /** User control event: 0 stream begin, 1 stream end, 6 ping request, 7 ping answer. */
    public void userControl(int event, int value) throws IOException {
        byte[] body = ByteBuffer.allocate(6).putShort((short) event).putInt(value).array();
        write(2, new RtmpMessage(RtmpMessage.USER_CONTROL, 0, 0, body));
    }

    /** A command in AMF0. */
    public void command(int streamId, AmfValue... values) throws IOException {
        byte[] body = Amf0.write(values);
        write(3, new RtmpMessage(RtmpMessage.COMMAND_AMF0, streamId, 0, body));
    }

    /** Writes one message on a chunk stream (2 to 63). */
    public synchronized void write(int chunkStream, RtmpMessage message) throws IOException {
        byte[] payload = message.payload();
        boolean extended = message.timestamp() >= 0xffffff;
        int chunks = Math.max(1, (payload.length + chunkSize - 1) / chunkSize);
        ByteBuffer bytes =
                ByteBuffer.allocate(12 + 4 + payload.length + (chunks - 1) * (extended ? 5 : 1));
        bytes.put((byte) chunkStream);
        u24(bytes, extended ? 0xffffff : (int) message.timestamp());
        u24(bytes, payload.length);
        bytes.put((byte) message.type());
        bytes.putInt(Integer.reverseBytes(message.streamId()));
        if (extended) {
            bytes.putInt((int) message.timestamp());
        }
        for (int at = 0; at < payload.length; at += chunkSize) {
            if (at > 0) {
                bytes.put((byte) (0xc0 | chunkStream));
                if (extended) {
                    bytes.putInt((int) message.timestamp());
                }
            }
            bytes.put(payload, at, Math.min(chunkSize, payload.length - at));
        }
        out.write(bytes.array(), 0, bytes.position());
        out.flush();
    }

    private static void u24(ByteBuffer bytes, int value) {
        bytes.put((byte) (value >> 16)).put((byte) (value >> 8)).put((byte) value);
    }
}
