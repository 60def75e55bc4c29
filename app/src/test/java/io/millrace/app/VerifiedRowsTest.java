package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.verify.Hit;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verify knows the rows of the other modules, too. */
class VerifiedRowsTest {
    @TempDir Path directory;

    @Test
    void aUserAndAStreamWhoseRowsDoNotDecodeAreNamed() throws Exception {
        try (MillraceServer server = MillraceServer.open(FlippedData.serverSettings(directory))) {
            server.store().buckets().create("live", "root", BucketAcl.PRIVATE);
            server.live().streams().create("show", "live", "shows/");
        }
        DataCheck.Result before = DataCheck.verify(FlippedData.settings(directory), step -> {});
        assertTrue(before.whole(), before.toString());
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keyspace"))) {
            tear(keySpace, Keys.family('A').text("user").done());
            tear(keySpace, Keys.family('S').u8(1).done());
        }
        DataCheck.Result after = DataCheck.verify(FlippedData.settings(directory), step -> {});
        List<String> named = after.hits().stream().map(Hit::key).sorted().toList();
        assertEquals(2, named.size(), named.toString());
        assertTrue(named.getFirst().startsWith("row Auser"), named.toString());
        assertTrue(named.getLast().contains("show"), named.toString());
    }

    /** Cuts the first row's value in half. */
    private static void tear(KeySpace keySpace, byte[] prefix) {
        Entry row = keySpace.scan(Scan.prefix(prefix, 1)).getFirst();
        byte[] half = Arrays.copyOf(row.value(), row.value().length / 2);
        assertTrue(keySpace.commit(Batch.builder().put(row.key(), half).build()).committed());
    }
}
