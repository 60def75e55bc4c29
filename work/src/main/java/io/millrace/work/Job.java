package io.millrace.work;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * One job of a queue.
 *
 * @param id its name, once per queue
 * @param state where it stands
 * @param attempts how often it was claimed
 * @param enqueued when it came
 * @param due when it may be claimed (again): for a claimed job the end of the claim
 * @param worker who has it or had it last; empty before the first claim
 * @param reason why the last attempt failed; empty before
 * @param payload the caller's bytes, ≤ 60,000
 */
public record Job(
        String id,
        State state,
        int attempts,
        Instant enqueued,
        Instant due,
        String worker,
        String reason,
        byte[] payload) {
    private static final int VERSION = 1;

    /** Where a job stands. */
    public enum State {
        /** Waits for its time and a worker. */
        WAITING('w'),
        /** A worker has it until its claim runs out. */
        CLAIMED('c'),
        /** Failed too often; somebody must look at it. */
        DEAD('d');

        private final char code;

        State(char code) {
            this.code = code;
        }

        private static State of(int code) {
            for (State state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            throw new WorkException(
                    WorkException.Code.FORMAT, "a job has the unknown state " + code);
        }
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128 + payload.length);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeByte(state.code);
            out.writeInt(attempts);
            out.writeLong(enqueued.toEpochMilli());
            out.writeLong(due.toEpochMilli());
            out.writeUTF(worker);
            out.writeUTF(reason);
            out.writeInt(payload.length);
            out.write(payload);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Job decode(String id, byte[] value) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
            int version = in.readByte();
            if (version != VERSION) {
                throw new WorkException(
                        WorkException.Code.FORMAT,
                        "job " + id + " has the unknown version " + version);
            }
            State state = State.of(in.readByte());
            int attempts = in.readInt();
            Instant enqueued = Instant.ofEpochMilli(in.readLong());
            Instant due = Instant.ofEpochMilli(in.readLong());
            String worker = in.readUTF();
            String reason = in.readUTF();
            byte[] payload = in.readNBytes(in.readInt());
            return new Job(id, state, attempts, enqueued, due, worker, reason, payload);
        } catch (IOException e) {
            throw new WorkException(
                    WorkException.Code.FORMAT, "job " + id + " is cut off: " + e.getMessage());
        }
    }
}
