package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.store.verify.Hit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verify decodes every row that a server writes, each by its own module, and fails closed. */
class VerifiedRowsTest {
    /** What must be among the kinds, so that this test goes on looking at all of them. */
    private static final List<String> KINDS =
            List.of(
                    "Auser",
                    "Akey",
                    "Apolicy",
                    "Adevice",
                    "Adevice-prefix",
                    "Ameta/root-key",
                    "Ameta/master-key-check",
                    "Ameta/device-registrations",
                    "Auser-key",
                    "Aaudit",
                    "Bn",
                    "Bi",
                    "C1",
                    "C2",
                    "C3",
                    "C4",
                    "D",
                    "Lc",
                    "Lr",
                    "M",
                    "N",
                    "Po",
                    "Qd",
                    "Qs",
                    "Qw",
                    "S1",
                    "Sck",
                    "Scd",
                    "Sco",
                    "Scr",
                    "Sct",
                    "Scl",
                    "Scv",
                    "Uu",
                    "Up",
                    "Vo",
                    "Vs",
                    "Wc",
                    "Wl",
                    "Ws",
                    "X",
                    "Zi",
                    "Zk");

    @TempDir Path directory;
    private Path data;

    @BeforeEach
    void write() throws Exception {
        data = directory.resolve("killed");
        EveryRow.write(directory.resolve("live"), data, copy -> missing(copy).isEmpty());
    }

    private static List<String> missing(Path data) {
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            Map<String, Entry> there = oneOfEachKind(keySpace);
            return KINDS.stream().filter(kind -> !there.containsKey(kind)).toList();
        }
    }

    private DataCheck.Result verify() throws Exception {
        return DataCheck.verify(FlippedData.settings(data), step -> {});
    }

    @Test
    void aTamperedRowOfEachKindIsNamedWithItsFamily() throws Exception {
        DataCheck.Result before = verify();
        assertTrue(before.whole(), before.toString());
        Map<String, Entry> tampered;
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            tampered = oneOfEachKind(keySpace);
            for (Entry row : tampered.values()) {
                put(keySpace, row.key(), cut(row.value()));
            }
        }
        DataCheck.Result after = verify();
        List<String> silent = new ArrayList<>();
        tampered.forEach(
                (kind, row) -> {
                    if (after.hits().stream().noneMatch(hit -> names(hit, row.key()))) {
                        silent.add(kind);
                    }
                });
        assertEquals(List.of(), silent, after.hits().toString());
        for (String family :
                List.of(
                        "store",
                        "access",
                        "live and cameras",
                        "console",
                        "work",
                        "outgoing calls")) {
            assertTrue(
                    after.hits().stream().anyMatch(h -> h.text().startsWith(family + ": ")),
                    family + " in " + after.hits());
        }
    }

    @Test
    void objectsOfABucketWhoseOwnRowIsDamagedAreReadAndNamedAndSoIsWhatAnotherRowBelies()
            throws Exception {
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            Entry bucket = oneOfEachKind(keySpace).get("Bn");
            put(keySpace, bucket.key(), cut(bucket.value()));
        }
        DataCheck.Result whole = verify();
        assertTrue(whole.hits().stream().noneMatch(h -> h.key().startsWith("put-")), "all whole");
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            for (Entry row : keySpace.scan(Scan.prefix(Keys.family('X').done(), 1_000))) {
                put(keySpace, row.key(), cut(row.value()));
            }
            byte[] run = oneOfEachKind(keySpace).get("Scr").key();
            assertTrue(keySpace.commit(Batch.builder().delete(run).build()).committed());
        }
        List<Hit> hits = verify().hits();
        assertTrue(
                hits.stream().anyMatch(h -> h.bucket().equals("kept") && h.key().equals("put-500")),
                hits.toString());
        assertTrue(
                hits.stream()
                        .anyMatch(
                                h ->
                                        h.key().equals("yard/a.ts")
                                                && h.text().contains("a run that is not there")),
                hits.toString());
    }

    @Test
    void aRowThatNoVersionWritesIsNamedToo() throws Exception {
        List<byte[]> strange =
                List.of(
                        Keys.family('T').text("what").done(),
                        Keys.family('Q').u8('?').done(),
                        Keys.family('A').text("dragon").text("x").done(),
                        Keys.family('B').u8('?').done(),
                        Keys.family('C').u8(9).done(),
                        Keys.family('L').u8('?').done(),
                        Keys.family('P').u8('?').done(),
                        Keys.family('S').u8(77).done(),
                        Keys.family('S').u8('c').u8('?').done(),
                        Keys.family('U').u8('?').done(),
                        Keys.family('V').u8('?').done(),
                        Keys.family('W').u8('?').done());
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            strange.forEach(key -> put(keySpace, key, new byte[] {2}));
        }
        List<Hit> hits = verify().hits();
        for (byte[] key : strange) {
            assertTrue(hits.stream().anyMatch(h -> names(h, key)), printed(key) + " in " + hits);
        }
        assertEquals(strange.size(), hits.size(), hits.toString());
    }

    /** The first row of each kind, by kind. */
    private static Map<String, Entry> oneOfEachKind(KeySpace keySpace) {
        Map<String, Entry> rows = new TreeMap<>();
        for (char family = 'A'; family <= 'Z'; family++) {
            for (Entry row : keySpace.scan(Scan.prefix(Keys.family(family).done(), 1_000))) {
                rows.putIfAbsent(kind(row.key()), row);
            }
        }
        return rows;
    }

    private static String kind(byte[] key) {
        String family = Character.toString((char) key[0]);
        return switch (family) {
            case "A" -> {
                Keys.Reader in = Keys.read(key, 1);
                String kind = in.text();
                yield family + (kind.equals("meta") ? "meta/" + in.text() : kind);
            }
            case "M", "X", "D", "N" -> family;
            default -> {
                String kind = key[1] < ' ' ? "" + key[1] : "" + (char) key[1];
                yield family + kind + (key[1] == 'c' && key[0] == 'S' ? "" + (char) key[2] : "");
            }
        };
    }

    /** Its first byte; of less, something that no row begins with. */
    private static byte[] cut(byte[] value) {
        return value.length > 1 ? Arrays.copyOf(value, 1) : new byte[] {0x7F, 0};
    }

    private static void put(KeySpace keySpace, byte[] key, byte[] value) {
        assertTrue(keySpace.commit(Batch.builder().put(key, value).build()).committed());
    }

    private static boolean names(Hit hit, byte[] key) {
        return hit.key().equals("row " + printed(key))
                || key[0] == 'M'
                        && hit.key()
                                .equals(new String(key, 9, key.length - 9, StandardCharsets.UTF_8));
    }

    private static String printed(byte[] key) {
        StringBuilder text = new StringBuilder();
        for (byte b : key) {
            text.append(b > ' ' && b < 0x7F ? "" + (char) b : String.format("\\%02x", b));
        }
        return text.toString();
    }
}
