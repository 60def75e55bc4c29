package io.millrace.formats.rtmp;

import io.millrace.formats.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The simple handshake (RTMP 1.0, section 5.2). A client that sends the digest form sees version 0
 * in S1 and goes on with the simple one, as ffmpeg, OBS and GStreamer do.
 */
public final class RtmpHandshake {
    private static final int SIZE = 1_536;

    private RtmpHandshake() {}

    /** The server's side: C0 C1 → S0 S1 S2 → C2. */
    public static void accept(InputStream in, OutputStream out) throws IOException {
        int version = in.read();
        if (version < 0) {
            throw new EOFException("the client closed before the RTMP handshake");
        }
        if (version != 3) {
            throw FormatException.malformed(
                    "RTMP version " + version + " (RTMPE and HTTP do not belong on this port)");
        }
        byte[] c1 = exactly(in);
        byte[] answer = new byte[1 + 2 * SIZE];
        answer[0] = 3;
        byte[] random = new byte[SIZE - 8];
        ThreadLocalRandom.current().nextBytes(random);
        System.arraycopy(random, 0, answer, 9, random.length);
        System.arraycopy(c1, 0, answer, 1 + SIZE, SIZE);
        out.write(answer);
        out.flush();
        exactly(in);
    }

    /** The client's side: C0 C1 → S0 S1 S2 → C2. */
    public static void connect(InputStream in, OutputStream out) throws IOException {
        byte[] hello = new byte[1 + SIZE];
        hello[0] = 3;
        out.write(hello);
        out.flush();
        if (in.read() != 3) {
            throw FormatException.malformed("the server does not speak RTMP 3");
        }
        byte[] s1 = exactly(in);
        out.write(s1);
        out.flush();
        exactly(in);
    }

    private static byte[] exactly(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(SIZE);
        if (bytes.length < SIZE) {
            throw new EOFException("the peer closed inside the RTMP handshake");
        }
        return bytes;
    }
}
