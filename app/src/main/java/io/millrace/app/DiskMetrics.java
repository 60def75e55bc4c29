package io.millrace.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.kit.DiskSpace;
import io.millrace.store.space.Room;
import java.util.function.ToLongFunction;

/** {@code millrace.disk.*}: what is left on each file system, and whether uploads are refused. */
final class DiskMetrics {
    private DiskMetrics() {}

    static void bind(Room room, MeterRegistry metrics) {
        for (DiskSpace.State disk : room.states()) {
            String device = disk.device();
            gauge("free", "left", room, device, DiskSpace.State::freeBytes, metrics);
            gauge("reserve", "kept back", room, device, DiskSpace.State::reserveBytes, metrics);
            gauge("total", "in all", room, device, DiskSpace.State::totalBytes, metrics);
        }
        Gauge.builder("millrace.disk.full", room, DiskMetrics::full)
                .description("1 while what brings bytes is refused")
                .register(metrics);
    }

    private static double full(Room room) {
        return room.level() == DiskSpace.Level.FULL ? 1 : 0;
    }

    private static void gauge(
            String name,
            String description,
            Room room,
            String device,
            ToLongFunction<DiskSpace.State> value,
            MeterRegistry metrics) {
        Gauge.builder("millrace.disk." + name, room, r -> now(r, device, value))
                .description(description)
                .baseUnit("bytes")
                .tag("device", device)
                .register(metrics);
    }

    private static double now(Room room, String device, ToLongFunction<DiskSpace.State> value) {
        return room.states().stream()
                .filter(s -> s.device().equals(device))
                .mapToLong(value)
                .findFirst()
                .orElse(0);
    }
}
