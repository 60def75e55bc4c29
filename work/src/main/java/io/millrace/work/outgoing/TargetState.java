package io.millrace.work.outgoing;

import io.millrace.keyspace.KeySpaceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * How the calls to a target went.
 *
 * @param succeededMillis of the last call that was answered well; 0: none
 * @param failedMillis of the last one that was not; 0: none
 * @param reason why that one was not
 */
record TargetState(long succeededMillis, long failedMillis, String reason) {
    static final TargetState NEW = new TargetState(0, 0, "");
    private static final int VERSION = 1;

    TargetState succeeded(long nowMillis) {
        return new TargetState(nowMillis, failedMillis, reason);
    }

    TargetState failed(long nowMillis, String why) {
        return new TargetState(succeededMillis, nowMillis, why);
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(succeededMillis);
            out.writeLong(failedMillis);
            out.writeUTF(reason);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static TargetState decode(byte[] value) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
            if (in.read() != VERSION) {
                throw malformed();
            }
            TargetState state = new TargetState(in.readLong(), in.readLong(), in.readUTF());
            if (in.available() > 0) {
                throw malformed();
            }
            return state;
        } catch (IOException e) {
            throw malformed();
        }
    }

    private static KeySpaceException malformed() {
        return new KeySpaceException(
                KeySpaceException.Code.FORMAT, "the state of a target has an unknown form");
    }
}
