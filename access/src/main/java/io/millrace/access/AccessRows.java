package io.millrace.access;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import java.util.Map;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class AccessRows {
    /** The module's key family. */
    public static final byte FAMILY = 'A';

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

    /**
     * Decodes a row and throws away what it says; kinds without a record are passed over.
     *
     * @throws AccessException STORAGE when it makes no sense
     */
    public static void check(Entry row) {
        Keys.Reader key = Keys.read(row.key(), 1);
        String kind = key.text();
        Class<?> type = kind.equals("meta") ? SINGLE.get(key.text()) : RECORDS.get(kind);
        if (type != null) {
            Records.decode(row.value(), type);
        }
    }
}
