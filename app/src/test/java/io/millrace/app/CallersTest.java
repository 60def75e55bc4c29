package io.millrace.app;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** A class that production never uses is alive only in its own test, and both mislead. */
class CallersTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.millrace");

    /** Entered by name: from the launcher, or as a process of its own. */
    private static final Set<String> ENTRIES =
            Set.of("io.millrace.app.Main", "io.millrace.media.worker.WorkerMain");

    /** The other half of a codec, for tests, benchmarks and examples; and inlined constants. */
    private static final Set<String> OTHER_HALVES =
            Set.of(
                    "io.millrace.formats.flv.FlvFile",
                    "io.millrace.formats.hls.PlaylistParser",
                    "io.millrace.signing.OssSigner",
                    "io.millrace.work.WorkKeys");

    @Test
    void everyClassHasACallerInProduction() {
        Set<String> used = new TreeSet<>(ENTRIES);
        used.addAll(OTHER_HALVES);
        Set<String> all = new TreeSet<>();
        for (JavaClass c : CLASSES) {
            if (notProduction(c)) {
                continue;
            }
            all.add(top(c).getName());
            c.getDirectDependenciesFromSelf().stream()
                    .map(d -> top(d.getTargetClass()).getName())
                    .filter(target -> !target.equals(top(c).getName()))
                    .forEach(used::add);
        }
        all.removeIf(name -> used.contains(name) || name.endsWith("package-info"));
        Assertions.assertEquals(Set.of(), all, "classes that only tests use");
    }

    private static JavaClass top(JavaClass c) {
        return c.getEnclosingClass().map(CallersTest::top).orElse(c);
    }

    private static boolean notProduction(JavaClass c) {
        return c.getPackageName().matches("io\\.millrace\\.(bench|testkit|examples).*");
    }
}
