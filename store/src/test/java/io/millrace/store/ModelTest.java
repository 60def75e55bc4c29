package io.millrace.store;

import io.millrace.testkit.Seed;
import java.nio.file.Path;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ModelTest {
    @TempDir Path directory;

    @RepeatedTest(2)
    void theStoreAgreesWithAPlainMap() {
        try (Fixture fixture = Fixture.open(directory)) {
            new ModelRun(fixture, Seed.fresh()).run(300);
        }
    }
}
