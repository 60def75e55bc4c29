package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process has met counts, also where nobody noted it. */
class KnownDamageTest {
    @TempDir Path directory;

    @Test
    void whatThisProcessHasMetIsKnown() {
        Damages met = Damages.reported();
        Damage table = new Damage(Damage.Kind.TABLE, "1.sst", 6, "another checksum");
        try (KeySpace keySpace = RocksKeySpace.open(directory.resolve("keys"));
                LocalExtents extents =
                        LocalExtents.open(
                                List.of(directory.resolve("volumes")), ExtentsOptions.standard())) {
            assertEquals(List.of(), KnownDamage.of(met, keySpace, extents));
            met.found(table);
            assertEquals(List.of(table), KnownDamage.of(met, keySpace, extents));
        }
    }
}
