package io.millrace.access;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class AccessRows {
    /** Users, keys, roles, policies, devices and their like. */
    public static final RowFamily FAMILY = new RowFamily('A', "access", AccessRows::check);

    private static final Map<String, Class<?>> RECORDS =
            Map.ofEntries(
                    Map.entry("user", Records.User.class),
                    Map.entry("key", Records.Key.class),
                    Map.entry("role", Records.Role.class),
                    Map.entry("policy", Records.NamedPolicy.class),
                    Map.entry("device", Records.Device.class),
                    Map.entry("device-prefix", DevicePrefixes.Holder.class),
                    Map.entry("device-bucket", DevicePrefixes.Taken.class),
                    Map.entry("enrol", Records.Code.class),
                    Map.entry("nonce", Records.Nonce.class),
                    Map.entry("session", Records.Session.class),
                    Map.entry("link", Records.Link.class),
                    Map.entry("audit", Records.AuditRow.class));
    private static final Map<String, Class<?>> SINGLE =
            Map.of(
                    "root-key", Records.Root.class,
                    "device-hook", Records.Hook.class,
                    "device-prefixes", DevicePrefixes.Taken.class,
                    "audit-head", Records.AuditHead.class);

    private AccessRows() {}

    private static void check(Entry row) {
        Keys.Reader key = Keys.read(row.key(), 1);
        String kind = key.text();
        switch (kind) {
            case "meta" -> single(key.text(), row);
            case "user-key" -> RowFamily.length(row, 1);
            default -> record(RECORDS.get(kind), row);
        }
    }

    private static void single(String name, Entry row) {
        switch (name) {
            case "master-key-check" -> RowFamily.length(row, MasterKey.CHECK_BYTES);
            case "device-registrations" -> RowFamily.counter(row);
            default -> record(SINGLE.get(name), row);
        }
    }

    private static void record(@Nullable Class<?> type, Entry row) {
        if (type == null) {
            throw RowFamily.unknown();
        }
        Records.decode(row.value(), type);
    }
}
