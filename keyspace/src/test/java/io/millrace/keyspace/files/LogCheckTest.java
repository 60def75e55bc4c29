package io.millrace.keyspace.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Damage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may lie behind a torn tail. */
class LogCheckTest {
    @TempDir Path directory;

    private static byte[] batch(long first, int count) {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(first)
                .putInt(count)
                .array();
    }

    private void write(String name, byte[]... records) throws IOException {
        try (LogWriter log = new LogWriter(directory.resolve(name))) {
            for (byte[] record : records) {
                log.add(record);
            }
        }
    }

    /** A log whose second record was torn, behind a manifest that knows of no table. */
    private void tear() throws IOException {
        Files.writeString(directory.resolve("CURRENT"), "MANIFEST-000001\n");
        write("MANIFEST-000001", new byte[0]);
        write("000002.log", batch(1, 1));
        Path log = directory.resolve("000002.log");
        byte[] whole = Files.readAllBytes(log);
        Files.write(log, Arrays.copyOf(whole, 9), StandardOpenOption.APPEND);
    }

    @Test
    void theEmptyBatchWithWhichTheEngineGoesOnBehindATornTailIsNoDamage() throws IOException {
        tear();
        assertEquals(List.of(), LogCheck.of(directory).damages());
        write("000003.log", batch(2, 0));
        assertEquals(List.of(), LogCheck.of(directory).damages());
    }

    @Test
    void aChangeBehindATornTailMakesItDamage() throws IOException {
        tear();
        write("000003.log", batch(2, 1));
        List<Damage> damages = LogCheck.of(directory).damages();
        assertEquals(1, damages.size(), damages.toString());
        assertTrue(damages.getFirst().text().endsWith("and records follow"), damages.toString());
    }
}
