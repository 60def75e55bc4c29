package io.millrace.formats.rtmp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.FormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChunkReaderTest {
    private static final int STRANGER = 16 << 10;

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Random random = new Random(7);

    /** Sends a message in chunks of the 128 bytes that a connection begins with. */
    private byte[] message(int type, int length) {
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        head(3, type, length);
        for (int at = 0; at < length; at += 128) {
            if (at > 0) {
                sent.write(0xC3);
            }
            sent.writeBytes(Arrays.copyOfRange(payload, at, Math.min(length, at + 128)));
        }
        return payload;
    }

    private void head(int chunkStream, int type, int length) {
        sent.writeBytes(new byte[] {(byte) chunkStream, 0, 0, 1});
        sent.writeBytes(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
        sent.writeBytes(new byte[] {(byte) type, 1, 0, 0, 0});
    }

    private static byte[] payload(ChunkReader reader) throws IOException {
        RtmpMessage message = reader.read();
        assertNotNull(message);
        return message.payload();
    }

    @Test
    void whatCameWithTheKeyIsReadOnceItIsTrusted() throws IOException {
        byte[] key = message(RtmpMessage.COMMAND_AMF0, 200);
        byte[] first = message(RtmpMessage.VIDEO, 1_000);
        byte[] large = message(RtmpMessage.VIDEO, 3 * STRANGER);
        ChunkReader reader =
                new ChunkReader(new ByteArrayInputStream(sent.toByteArray()), STRANGER);
        assertArrayEquals(key, payload(reader));
        assertTrue(reader.hasBuffered());
        long stranger = reader.heldBytes();
        reader.trust(1 << 20);
        assertTrue(reader.heldBytes() > stranger);
        assertArrayEquals(first, payload(reader));
        assertArrayEquals(large, payload(reader));
        assertEquals(sent.size(), reader.receivedBytes());
    }

    @Test
    void anAbortedMessageIsHeldNoMoreAndLowersNoBound() throws IOException {
        byte[] before = message(RtmpMessage.COMMAND_AMF0, 10);
        for (int i = 0; i < 5; i++) {
            head(3, RtmpMessage.COMMAND_AMF0, STRANGER);
            sent.writeBytes(new byte[128]);
            head(2, RtmpMessage.ABORT, 4);
            sent.writeBytes(new byte[] {0, 0, 0, 3});
        }
        byte[] after = message(RtmpMessage.COMMAND_AMF0, 10);
        ChunkReader reader =
                new ChunkReader(new ByteArrayInputStream(sent.toByteArray()), STRANGER);
        assertArrayEquals(before, payload(reader));
        long held = reader.heldBytes();
        assertArrayEquals(after, payload(reader));
        assertEquals(held, reader.heldBytes());
    }

    @Test
    void aStrangersMessageIsNoLargerThanACommand() throws IOException {
        byte[] whole = message(RtmpMessage.COMMAND_AMF0, STRANGER);
        message(RtmpMessage.COMMAND_AMF0, STRANGER + 1);
        ChunkReader reader =
                new ChunkReader(new ByteArrayInputStream(sent.toByteArray()), STRANGER);
        assertArrayEquals(whole, payload(reader));
        assertThrows(FormatException.class, reader::read);
        assertTrue(reader.heldBytes() <= STRANGER / 2, "what was read is held no more");
    }
}
