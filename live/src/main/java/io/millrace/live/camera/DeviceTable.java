package io.millrace.live.camera;

import io.millrace.access.Access;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds the device that an object belongs to, from a table that is read again when it is a second
 * old. Thread-safe.
 */
final class DeviceTable {
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final int PAGE = 1000;

    private final Access access;
    private final MonotonicClock clock;
    private long readAtNanos;
    private boolean read;
    private Map<String, TreeMap<String, DeviceInfo>> byBucket = Map.of();

    DeviceTable(Access access, MonotonicClock clock) {
        this.access = access;
        this.clock = clock;
    }

    synchronized Optional<DeviceInfo> of(String bucket, String key) {
        refresh();
        TreeMap<String, DeviceInfo> prefixes = byBucket.get(bucket);
        if (prefixes == null) {
            return Optional.empty();
        }
        Map.Entry<String, DeviceInfo> below = prefixes.floorEntry(key);
        return below != null && key.startsWith(below.getKey())
                ? Optional.of(below.getValue())
                : Optional.empty();
    }

    synchronized List<DeviceInfo> all() {
        refresh();
        List<DeviceInfo> out = new ArrayList<>();
        byBucket.values().forEach(prefixes -> out.addAll(prefixes.values()));
        return out;
    }

    private void refresh() {
        long now = clock.nanos();
        if (read && now - readAtNanos < FRESH.toNanos()) {
            return;
        }
        Map<String, TreeMap<String, DeviceInfo>> fresh = new TreeMap<>();
        String after = "";
        List<DeviceInfo> page;
        do {
            page = access.devices().list(after, PAGE);
            for (DeviceInfo device : page) {
                fresh.computeIfAbsent(device.bucket(), b -> new TreeMap<>())
                        .put(device.prefix(), device);
                after = device.id();
            }
        } while (page.size() == PAGE);
        byBucket = fresh;
        readAtNanos = now;
        read = true;
    }
}
