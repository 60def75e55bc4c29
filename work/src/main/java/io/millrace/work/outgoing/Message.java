package io.millrace.work.outgoing;

import io.millrace.keyspace.KeySpaceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A call that waits, or a dead letter: docs/formats/outgoing.md.
 *
 * @param id the same at every attempt, for the receiver to know it by
 * @param type what it tells of
 * @param createdMillis by the wall clock
 * @param attempts made so far
 * @param triedMillis of the last attempt; 0 before the first
 * @param reason why that one failed
 */
record Message(
        String id,
        String type,
        String contentType,
        long createdMillis,
        int attempts,
        long triedMillis,
        String reason,
        byte[] body) {
    /** A value of the key space has 64 KiB. */
    static final int MAX_BODY = 48 * 1024;

    private static final int VERSION = 1;
    private static final int MAX_REASON = 300;

    Message failed(long nowMillis, String why) {
        String text = why.length() > MAX_REASON ? why.substring(0, MAX_REASON) : why;
        return new Message(
                id, type, contentType, createdMillis, attempts + 1, nowMillis, text, body);
    }

    /** As on the first day. */
    Message fresh() {
        return new Message(id, type, contentType, createdMillis, 0, triedMillis, reason, body);
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 200);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeUTF(id);
            out.writeUTF(type);
            out.writeUTF(contentType);
            out.writeLong(createdMillis);
            out.writeInt(attempts);
            out.writeLong(triedMillis);
            out.writeUTF(reason);
            out.writeInt(body.length);
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Message decode(byte[] value) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
            int version = in.read();
            if (version != VERSION) {
                throw malformed("the unknown version " + version);
            }
            String id = in.readUTF();
            String type = in.readUTF();
            String contentType = in.readUTF();
            long created = in.readLong();
            int attempts = in.readInt();
            long tried = in.readLong();
            String reason = in.readUTF();
            int length = in.readInt();
            if (length != in.available()) {
                throw malformed("a body of another length");
            }
            return new Message(
                    id, type, contentType, created, attempts, tried, reason, in.readAllBytes());
        } catch (IOException e) {
            throw malformed("an end in the middle");
        }
    }

    private static KeySpaceException malformed(String what) {
        return new KeySpaceException(
                KeySpaceException.Code.FORMAT, "a message that waits to be sent has " + what);
    }
}
