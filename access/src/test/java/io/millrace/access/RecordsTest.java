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
