package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.app.Components.Component;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The list that the build makes of what ships: whole, of one version each, under good licences. */
class ComponentsTest {
    /** Under which this program may ship a library, as Apache-2.0, with the notices it has. */
    private static final Set<String> WELCOME =
            Set.of(
                    "Apache-2.0",
                    "MIT",
                    "BSD-2-Clause",
                    "BSD-3-Clause",
                    "ISC",
                    "EPL-2.0", // Logback, Vert.x: unchanged, in jars of their own
                    "OFL-1.1", // fonts
                    "Bouncy Castle Licence"); // the MIT licence's words

    /** Which of the jars on this test's own class path are there for tests. */
    private static final Set<String> FOR_TESTS =
            Set.of(
                    "archunit",
                    "archunit-junit5",
                    "archunit-junit5-api",
                    "archunit-junit5-engine",
                    "archunit-junit5-engine-api",
                    "apiguardian-api",
                    "junit-jupiter",
                    "junit-jupiter-api",
                    "junit-jupiter-engine",
                    "junit-jupiter-params",
                    "junit-platform-commons",
                    "junit-platform-engine",
                    "junit-platform-launcher",
                    "opentest4j");

    private static Components components;

    @BeforeAll
    static void read() throws IOException {
        components = Components.read();
    }

    @Test
    void everyJarOfTheProgramIsListedAndNothingElse() {
        Set<String> there =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                        .filter(path -> path.endsWith(".jar"))
                        .map(path -> Path.of(path).getFileName().toString())
                        .filter(jar -> !jar.startsWith("millrace-") && !jar.startsWith("surefire"))
                        .filter(jar -> !FOR_TESTS.contains(jar.replaceFirst("-\\d.*", "")))
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> listed =
                components.foreign().stream()
                        .map(Component::file)
                        .filter(file -> !file.isEmpty())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), without(there, listed), "in the program and not listed");
        assertEquals(Set.of(), without(listed, there), "listed and not in the program");
        assertTrue(there.size() > 40, there::toString);
    }

    private static Set<String> without(Set<String> all, Set<String> those) {
        Set<String> left = new TreeSet<>(all);
        left.removeAll(those);
        return left;
    }

    @Test
    void eachFamilyHasOneVersionAndJacksonOneGeneration() {
        Map<String, Set<String>> families = new TreeMap<>();
        for (Component each : components.foreign()) {
            assertFalse(each.group().startsWith("tools.jackson"), each::toString);
            if (!each.group().isEmpty()) {
                families.computeIfAbsent(family(each), _ -> new TreeSet<>()).add(each.version());
            }
        }
        families.values().removeIf(versions -> versions.size() == 1);
        // Jackson's annotations have had no third number since 2.20.
        Set<String> jackson = families.remove("com.fasterxml.jackson");
        assertEquals(
                1,
                jackson.stream()
                        .map(v -> v.replaceFirst("^(\\d+\\.\\d+).*", "$1"))
                        .distinct()
                        .count());
        assertEquals(Set.of(), families.keySet(), () -> "more than one version: " + families);
    }

    /** What is released together: a group, but for Netty's TLS, which counts by itself. */
    private static String family(Component each) {
        if (each.name().contains("netty-tcnative")) {
            return "tcnative";
        }
        return each.group().startsWith("com.fasterxml.jackson")
                ? "com.fasterxml.jackson"
                : each.group();
    }

    @Test
    void eachLibraryHasALicenceUnderWhichItMayShip() {
        List<Component> unwelcome =
                components.foreign().stream()
                        .filter(c -> c.licences().stream().noneMatch(WELCOME::contains))
                        .toList();
        assertEquals(List.of(), unwelcome);
    }

    @Test
    void theNoticeNamesWhatIsNotUnderTheApacheLicence() throws IOException {
        String notice = Files.readString(Path.of("../NOTICE"));
        List<String> missed =
                components.foreign().stream()
                        .filter(c -> !c.licences().contains("Apache-2.0"))
                        .map(c -> c.name().substring(c.name().indexOf(':') + 1))
                        .filter(name -> !notice.contains(name))
                        .toList();
        assertEquals(List.of(), missed);
    }

    @Test
    void thePagesLibrariesStandInTheDocumentToo() {
        Set<String> addresses =
                components
                        .document()
                        .path("components")
                        .valueStream()
                        .map(JsonNode::toString)
                        .filter(c -> c.contains("pkg:npm/"))
                        .collect(Collectors.toSet());
        assertTrue(addresses.stream().anyMatch(c -> c.contains("pkg:npm/hls.js@")));
        assertTrue(addresses.stream().anyMatch(c -> c.contains("pkg:npm/preact@")));
        assertTrue(addresses.stream().noneMatch(c -> c.contains("pkg:npm/vite@")));
    }
}
