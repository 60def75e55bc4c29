package io.millrace.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records as version 1 wrote them stay readable. */
class RecordsTest {
    private static <T> T golden(String json, Class<T> type) {
        return Records.decode(("\u0001" + json).getBytes(StandardCharsets.UTF_8), type);
    }

    @Test
    void recordsOfVersionOneStayReadable() {
        assertEquals(
                new Records.User("u1", "alice", true, "$argon2id$x", List.of("p"), 3, 17),
                golden(
                        "{\"id\":\"u1\",\"name\":\"alice\",\"enabled\":true,\"password\":"
                                + "\"$argon2id$x\",\"policies\":[\"p\"],\"epoch\":3,\"created\":17}",
                        Records.User.class));
        assertEquals(
                new Records.Role("r1", "uploader", "{}", 3600, List.of(), 2, 17),
                golden(
                        "{\"id\":\"r1\",\"name\":\"uploader\",\"trust\":\"{}\",\"maxSeconds\":3600,"
                                + "\"policies\":[],\"epoch\":2,\"created\":17}",
                        Records.Role.class));
        Records.Key key =
                golden(
                        "{\"id\":\"MRX\",\"user\":\"alice\",\"enabled\":false,\"secret\":\"AQID\","
                                + "\"created\":17}",
                        Records.Key.class);
        assertArrayEquals(new byte[] {1, 2, 3}, key.secret());
        Records.Device device =
                golden(
                        "{\"uid\":\"d1\",\"id\":\"cam1\",\"bucket\":\"rec\",\"prefix\":\"cam1/\","
                                + "\"enabled\":true,\"secret\":null,\"epoch\":1,\"created\":17,"
                                + "\"lastToken\":0,\"added-later\":1}",
                        Records.Device.class);
        assertEquals("cam1/", device.prefix());
        assertEquals(
                new Records.Session("alice", "u1", 3, 99),
                golden(
                        "{\"user\":\"alice\",\"userId\":\"u1\",\"epoch\":3,\"expires\":99}",
                        Records.Session.class));
        assertEquals(
                new Records.AuditHead(9, 1, "ab"),
                golden("{\"newest\":9,\"oldest\":1,\"hash\":\"ab\"}", Records.AuditHead.class));
    }

    private static final String DEVICE =
            "{\"uid\":\"d1\",\"id\":\"cam1\",\"bucket\":\"rec\",\"prefix\":\"cam1/\","
                    + "\"enabled\":true,\"secret\":null,\"epoch\":1,\"created\":17,\"lastToken\":0";
    private static final String BY_ALICE =
            ",\"issuer\":{\"kind\":\"USER\",\"name\":\"alice\",\"id\":\"u1\",\"epoch\":0,"
                    + "\"session\":\"\",\"policy\":\"\"}}";

    private static byte[] row(int version, String json) {
        return ((char) version + json).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aDeviceAndACodeSayInVersionTwoWhoStandsBehindThem() {
        Records.Issuer alice =
                new Records.Issuer(Records.IssuerKind.USER, "alice", "u1", 0, "", "");
        Records.Device nobodys =
                new Records.Device("d1", "cam1", "rec", "cam1/", true, null, 1, 17, 0, null);
        assertArrayEquals(row(1, DEVICE + "}"), Records.encode(nobodys));
        assertArrayEquals(row(2, DEVICE + BY_ALICE), Records.encode(nobodys.by(alice)));
        assertEquals(nobodys, Records.decode(row(1, DEVICE + "}"), Records.Device.class));
        assertEquals(
                nobodys.by(alice), Records.decode(row(2, DEVICE + BY_ALICE), Records.Device.class));
        String code = "{\"device\":\"cam1\",\"uid\":\"d1\",\"expires\":9";
        assertEquals(
                new Records.Code("cam1", "d1", 9, null),
                Records.decode(row(1, code + "}"), Records.Code.class));
        assertEquals(
                new Records.Code("cam1", "d1", 9, alice),
                Records.decode(row(2, code + BY_ALICE), Records.Code.class));
        for (byte[] odd :
                List.of(
                        row(1, DEVICE + BY_ALICE),
                        row(2, DEVICE + "}"),
                        row(3, DEVICE + BY_ALICE),
                        row(2, DEVICE + BY_ALICE.replace("USER", "GROUP")))) {
            assertThrows(AccessException.class, () -> Records.decode(odd, Records.Device.class));
        }
    }

    @Test
    void aRecordOfANewerVersionIsRefusedNotGuessed() {
        AccessException e =
                assertThrows(
                        AccessException.class,
                        () ->
                                Records.decode(
                                        "\u0002{}".getBytes(StandardCharsets.UTF_8),
                                        Records.User.class));
        assertEquals(AccessException.Code.STORAGE, e.code());
    }
}
