package io.millrace.work.outgoing;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Instant;

/**
 * A message that was given up and is kept.
 *
 * @param number its name within the target
 * @param id what the receiver knows it by
 * @param subject the thing that it tells of: {@code devices/gate-2}; empty where that isn't known
 * @param attempts made before it was given up
 * @param reason why the last one failed
 */
public record DeadLetter(
        long number,
        String id,
        String type,
        String subject,
        Instant created,
        int attempts,
        Instant tried,
        String reason) {
    private static final JsonMapper JSON = new JsonMapper();

    static DeadLetter of(long number, byte[] value) {
        Message m = Message.decode(value);
        return new DeadLetter(
                number,
                m.id(),
                m.type(),
                subject(m),
                Instant.ofEpochMilli(m.createdMillis()),
                m.attempts(),
                Instant.ofEpochMilli(m.triedMillis()),
                m.reason());
    }

    /** What the event is about; empty where the body is no event. */
    private static String subject(Message m) {
        try {
            return JSON.readTree(m.body()).path("subject").asText();
        } catch (IOException e) {
            return "";
        }
    }
}
