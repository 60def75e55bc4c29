package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A look at all rows of the module finds what makes no sense. */
class AccessRowsTest {
    private static void check(byte[] key, byte[] value) {
        AccessRows.FAMILY.decode().accept(new Entry(key, value));
    }

    private static void refused(byte[] key, byte[] value) {
        assertThrows(RuntimeException.class, () -> check(key, value));
    }

    @Test
    void eachKindHasARecordOfItsOwn() {
        Map<String, Object> records =
                Map.ofEntries(
                        Map.entry("user", new Records.User("u", "a", true, null, List.of(), 1, 1)),
                        Map.entry("key", new Records.Key("k", "a", true, new byte[1], 1)),
                        Map.entry("role", new Records.Role("r", "a", "", 1, List.of(), 1, 1)),
                        Map.entry("policy", new Records.NamedPolicy("p", "", 1)),
                        Map.entry(
                                "device",
                                new Records.Device("d", "a", "b", "p", true, null, 1, 1, 1, null)),
                        Map.entry("device-prefix", new DevicePrefixes.Holder("a", "d")),
                        Map.entry("device-bucket", new DevicePrefixes.Taken(1)),
                        Map.entry("enrol", new Records.Code("a", "d", 1, null)),
                        Map.entry("nonce", new Records.Nonce(1)),
                        Map.entry("session", new Records.Session("a", "u", 1, 1)),
                        Map.entry("link", new Records.Link("a", "u", 1, 1)));
        records.forEach(
                (kind, record) -> {
                    check(Rows.key(kind, "x"), Records.encode(record));
                    refused(Rows.key(kind, "x"), new byte[] {2, '{', '}'});
                    refused(Rows.key(kind, "x"), new byte[] {1, '['});
                });
        check(
                Rows.auditKey(1),
                Records.encode(new Records.AuditRow(1, "", "", "", "", "", "", "", "", "")));
        refused(Rows.auditKey(1), new byte[] {2, '{', '}'});
    }

    @Test
    void theSingleRowsHaveTheirs() {
        Map<String, Object> records =
                Map.of(
                        "root-key", new Records.Root("r", new byte[1], 1),
                        "device-hook", new Records.Hook("http://h/", null),
                        "device-prefixes", new DevicePrefixes.Taken(1),
                        "audit-head", new Records.AuditHead(1, 1, ""));
        records.forEach(
                (name, record) -> {
                    check(Rows.key("meta", name), Records.encode(record));
                    refused(Rows.key("meta", name), new byte[] {2, '{', '}'});
                });
        check(Rows.masterCheckKey(), new byte[MasterKey.CHECK_BYTES]);
        refused(Rows.masterCheckKey(), new byte[MasterKey.CHECK_BYTES - 1]);
        check(Rows.key("meta", "device-registrations"), new byte[8]);
        refused(Rows.key("meta", "device-registrations"), new byte[7]);
        check(Rows.key("user-key", "a", "k"), new byte[] {1});
        refused(Rows.key("user-key", "a", "k"), new byte[2]);
    }

    @Test
    void whatNobodyKnowsIsRefused() {
        byte[] record = Records.encode(new Records.Nonce(1));
        for (byte[] key : List.of(Rows.key("other", "x"), Rows.key("meta", "other"))) {
            assertThrows(KeySpaceException.class, () -> check(key, record));
        }
        refused(Keys.family('A').done(), record);
    }
}
