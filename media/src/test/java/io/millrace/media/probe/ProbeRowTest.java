package io.millrace.media.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Rows of both versions are read; one of a later version is refused. */
final class ProbeRowTest {
    private static final ObjectName NAME = new ObjectName("7", "a");
    private static final String FACTS = "\"etag\":\"E\",\"size\":3,\"at\":1000,";

    @Test
    void rowsOfTheFirstVersionAreRead() {
        Probe probe =
                ProbeRow.decode(
                        NAME, row(1, "{" + FACTS + "\"aside\":{\"failures\":2,\"reason\":\"r\"}}"));
        assertEquals(new ProbeOutcome.SetAside(2, "r"), probe.outcome());
        assertEquals(Instant.ofEpochSecond(1), probe.probedAt());
    }

    @Test
    void noMediaIsKeptAndRead() {
        Probe none = new Probe(NAME, "E", 3, Instant.ofEpochSecond(1), new ProbeOutcome.NoMedia());
        byte[] row = ProbeRow.encode(none);
        assertEquals(
                "{\"etag\":\"E\",\"size\":3,\"at\":1000,\"none\":true}",
                new String(row, 1, row.length - 1, StandardCharsets.UTF_8));
        assertEquals(none, ProbeRow.decode(NAME, row));
        assertEquals(2, row[0]);
    }

    @Test
    void whatIsUnknownIsRefused() {
        byte[] later = row(3, "{" + FACTS + "\"none\":true}");
        assertThrows(IllegalStateException.class, () -> ProbeRow.decode(NAME, later));
        byte[] empty = row(2, "{" + FACTS + "\"other\":true}");
        assertThrows(IllegalStateException.class, () -> ProbeRow.decode(NAME, empty));
    }

    private static byte[] row(int version, String json) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        byte[] row = new byte[1 + text.length];
        row[0] = (byte) version;
        System.arraycopy(text, 0, row, 1, text.length);
        return row;
    }
}
