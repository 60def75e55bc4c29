package io.millrace.access;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Reply;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the operator's backend before a device enrols or gets a token: POST of {@code {"event",
 * "device", "address"}}, and only a 200 with {@code {"allow": true}} in time lets the device in.
 * Everything else is a no: an unreachable backend keeps devices out rather than letting them in.
 */
final class DeviceHook {
    private static final JsonMapper JSON = new JsonMapper();

    private final Supplier<Optional<Target>> address;
    private final @Nullable Sender sender;
    private final Duration timeout;

    /**
     * A hook.
     *
     * @param address asked before each question; empty asks nobody
     * @param sender null where there is none: then an address lets nobody in
     */
    DeviceHook(Supplier<Optional<Target>> address, @Nullable Sender sender, Duration timeout) {
        this.address = address;
        this.sender = sender;
        this.timeout = timeout;
    }

    /** True when there is no hook or it allows. */
    boolean allows(String event, String device, String sourceAddress) {
        try {
            Target target = address.get().orElse(null);
            if (target == null) {
                return true;
            }
            if (sender == null) {
                return false;
            }
            byte[] body =
                    JSON.writeValueAsBytes(
                            Map.of("event", event, "device", device, "address", sourceAddress));
            Reply reply = sender.ask(target, "application/json", body, timeout);
            // What is missing or no boolean is false.
            return reply instanceof Reply.Answered a
                    && a.status() == 200
                    && JSON.readTree(a.body()).path("allow").booleanValue();
        } catch (IOException | OutgoingException e) {
            return false;
        }
    }
}
