package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which device a prefix belongs to: no two devices' prefixes coincide or nest, so that an object
 * has one device at most. Thread-safe.
 *
 * <p>Prefixes end with a slash, so {@code cam1/} and {@code cam10/} lie apart. Each bucket has one
 * guard row that every registration in it changes: of two that race, the second looks again.
 */
final class DevicePrefixes {
    private static final byte[] INDEXED = Rows.key("meta", "device-prefixes");

    private static final byte[] CHANGES = Rows.key("meta", "device-registrations");

    /** Who has a prefix. */
    record Holder(String device, String uid) {}

    /** How often prefixes of a bucket were taken. */
    record Taken(long times) {}

    private final Rows rows;

    DevicePrefixes(Rows rows) {
        this.rows = rows;
        if (rows.raw(INDEXED) == null) {
            indexAll();
        }
    }

    private static byte[] row(String bucket, String prefix) {
        return Rows.key("device-prefix", bucket, prefix);
    }

    private static byte[] guard(String bucket) {
        return Rows.key("device-bucket", bucket);
    }

    /** Takes the prefix in a batch; the id of the device in whose way it is, if there is one. */
    Optional<String> take(Batch.Builder batch, Records.Device device) {
        byte[] guard = guard(device.bucket());
        byte @Nullable [] read = rows.raw(guard);
        Optional<String> other = inTheWay(device.bucket(), device.prefix());
        if (other.isEmpty()) {
            long times = read == null ? 0 : Records.decode(read, Taken.class).times();
            batch.unchanged(guard, read)
                    .put(guard, Records.encode(new Taken(times + 1)))
                    .put(
                            row(device.bucket(), device.prefix()),
                            Records.encode(new Holder(device.id(), device.uid())))
                    .add(CHANGES, 1);
        }
        return other;
    }

    /** Gives the prefix back in the batch that deletes the device. */
    void release(Batch.Builder batch, Records.Device device) {
        batch.add(CHANGES, 1);
        byte[] key = row(device.bucket(), device.prefix());
        byte @Nullable [] read = rows.raw(key);
        if (read != null && Records.decode(read, Holder.class).uid().equals(device.uid())) {
            batch.holds(key, read).delete(key);
        }
    }

    /** The device below whose prefix a key lies, as the key space says now. */
    Optional<String> holder(String bucket, String key) {
        for (int end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
            Holder holder = rows.get(row(bucket, key.substring(0, end + 1)), Holder.class);
            if (holder != null) {
                return Optional.of(holder.device());
            }
        }
        return Optional.empty();
    }

    /** How often one was taken or given back. */
    long changes() {
        return Keys.counter(rows.raw(CHANGES));
    }

    private Optional<String> inTheWay(String bucket, String prefix) {
        Optional<String> around = holder(bucket, prefix);
        if (around.isPresent()) {
            return around;
        }
        byte[] within = Keys.under(Rows.key("device-prefix", bucket)).textPrefix(prefix).done();
        for (Entry entry : rows.scan(Scan.prefix(within, 1))) {
            return Optional.of(Records.decode(entry.value(), Holder.class).device());
        }
        return Optional.empty();
    }

    /** Version 0.1 kept no such rows. Where its devices share a prefix, the first id has it. */
    private void indexAll() {
        rows.each(Rows.key("device"), Records.Device.class, this::index);
        rows.commit(Batch.builder().put(INDEXED, Records.encode(new Taken(1))).build());
    }

    private void index(Records.Device device) {
        byte[] key = row(device.bucket(), device.prefix());
        Holder holder = new Holder(device.id(), device.uid());
        rows.commit(Batch.builder().absent(key).put(key, Records.encode(holder)).build());
    }
}
