package io.millrace.store.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.store.space.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ChangeRowTest {
    @Test
    void everyKindOfChangeComesBackWithAllThatItSays() {
        byte[] key = "é/1".getBytes(StandardCharsets.UTF_8);
        for (ChangeKind kind : ChangeKind.values()) {
            ChangeRow row = new ChangeRow(300, key, 4, 3, kind, 0, -1, 1000);
            ChangeRow read = ChangeRow.decode(row.encode());
            assertArrayEquals(row.encode(), read.encode());
            assertEquals(
                    new Change(63, 7, 300, "é/1", 4, 3, kind, 0, -1, Instant.ofEpochMilli(1000)),
                    read.change(63, 7));
        }
    }

    @Test
    void anUnknownKindIsCorrupt() {
        ChangeRow row = new ChangeRow(1, new byte[] {'k'}, 4, 3, ChangeKind.PUT, 0, 1, 1000);
        byte[] bytes = row.encode();
        bytes[1] = 5;
        StoreException corrupt = assertThrows(StoreException.class, () -> ChangeRow.decode(bytes));
        assertEquals(StoreException.Code.CORRUPT, corrupt.code());
        assertEquals("a change has the kind 5", corrupt.getMessage());
    }
}
