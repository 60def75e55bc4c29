package io.millrace.work.outgoing;

import java.time.Instant;

/**
 * A message that was given up and is kept.
 *
 * @param number its name within the target
 * @param id what the receiver knows it by
 * @param attempts made before it was given up
 * @param reason why the last one failed
 */
public record DeadLetter(
        long number,
        String id,
        String type,
        Instant created,
        int attempts,
        Instant tried,
        String reason) {
    static DeadLetter of(long number, byte[] value) {
        Message m = Message.decode(value);
        return new DeadLetter(
                number,
                m.id(),
                m.type(),
                Instant.ofEpochMilli(m.createdMillis()),
                m.attempts(),
                Instant.ofEpochMilli(m.triedMillis()),
                m.reason());
    }
}
