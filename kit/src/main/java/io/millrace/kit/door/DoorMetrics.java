package io.millrace.kit.door;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToLongFunction;

/** What a door tells of its clients, by its name. */
public final class DoorMetrics {
    private DoorMetrics() {}

    /**
     * Registers {@code millrace.door.*} of one door.
     *
     * @param door such as {@code object}
     * @param parts one for each event loop, or one; the door keeps them, for a meter doesn't
     */
    public static void register(MeterRegistry registry, String door, List<Guests> parts) {
        gauge(registry, door, parts, "connections", "Connections now", Guests::connections);
        gauge(
                registry,
                door,
                parts,
                "held.bytes",
                "What heads, bodies and answers occupy now",
                Guests::heldBytes);
        Gauge.builder("millrace.door.addresses", parts.getFirst(), Guests::addresses)
                .description("Addresses with a connection")
                .tag("door", door)
                .register(registry);
        FunctionCounter.builder(
                        "millrace.door.refused",
                        parts.getFirst(),
                        ignored -> sum(parts, Guests::refused))
                .description("Connections and requests refused: their address has too many")
                .tag("door", door)
                .register(registry);
        shed(registry, door, parts, "room", Guests::shedForRoom);
        shed(registry, door, parts, "bytes", Guests::shedForBytes);
        shed(registry, door, parts, "time", Guests::shedForTime);
    }

    private static void gauge(
            MeterRegistry registry,
            String door,
            List<Guests> parts,
            String name,
            String description,
            ToLongFunction<Guests> value) {
        Gauge.builder("millrace.door." + name, parts.getFirst(), ignored -> sum(parts, value))
                .description(description)
                .tag("door", door)
                .register(registry);
    }

    private static void shed(
            MeterRegistry registry,
            String door,
            List<Guests> parts,
            String reason,
            ToLongFunction<Guests> value) {
        FunctionCounter.builder(
                        "millrace.door.shed", parts.getFirst(), ignored -> sum(parts, value))
                .description("Connections closed because the door needed what they held")
                .tag("door", door)
                .tag("reason", reason)
                .register(registry);
    }

    private static double sum(List<Guests> parts, ToLongFunction<Guests> value) {
        return parts.stream().mapToLong(value).sum();
    }
}
