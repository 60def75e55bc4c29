package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A row that decodes may still not belong where it stands. */
class ConsoleRowsTest {
    private static final String DOMAIN =
            "{\"host\":\"a.example\",\"origin\":{\"type\":\"bucket\",\"bucket\":\"b\"},"
                    + "\"created\":\"2026-01-02T03:04:05Z\"}";

    private static Entry domain(String host) {
        byte[] value = ("\u0001" + DOMAIN).getBytes(StandardCharsets.UTF_8);
        return new Entry(Keys.family('C').u8(Domains.DOMAIN).text(host).done(), value);
    }

    @Test
    void aDomainStandsUnderItsOwnHost() {
        assertDoesNotThrow(() -> ConsoleRows.FAMILY.decode().accept(domain("a.example")));
        ConsoleException refused =
                assertThrows(
                        ConsoleException.class,
                        () -> ConsoleRows.FAMILY.decode().accept(domain("b.example")));
        assertEquals(ConsoleException.Code.FORMAT, refused.code());
    }
}
