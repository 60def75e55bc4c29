package io.millrace.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/**
 * Keeps the arrows of ARCHITECTURE.md, also against transitive dependencies that the compiler would
 * let through.
 */
class ArchitectureTest {
    /** Module → the modules that it may use. */
    private static final Map<String, List<String>> ARROWS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("kit", List.of()),
                            Map.entry("signing", List.of("kit")),
                            Map.entry("keyspace", List.of("kit")),
                            Map.entry("extents", List.of("kit")),
                            Map.entry("formats", List.of()),
                            Map.entry("backup", List.of("kit", "keyspace", "extents", "signing")),
                            Map.entry("work", List.of("kit", "keyspace")),
                            Map.entry("access", List.of("kit", "keyspace", "work")),
                            Map.entry("store", List.of("kit", "keyspace", "extents", "work")),
                            Map.entry("media", List.of("kit", "keyspace", "store", "work")),
                            Map.entry(
                                    "live",
                                    List.of(
                                            "kit",
                                            "keyspace",
                                            "store",
                                            "access",
                                            "work",
                                            "formats")),
                            Map.entry(
                                    "gateway",
                                    List.of(
                                            "kit",
                                            "keyspace",
                                            "store",
                                            "access",
                                            "media",
                                            "live",
                                            "signing")),
                            Map.entry(
                                    "console",
                                    List.of(
                                            "kit",
                                            "keyspace",
                                            "backup",
                                            "store",
                                            "access",
                                            "media",
                                            "live",
                                            "signing",
                                            "work")),
                            Map.entry("edge", List.of("kit", "signing"))));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.millrace");

    private static final DescribedPredicate<JavaAccess<?>> READS_THE_MACHINES_TIME =
            DescribedPredicate.describe(
                    "reads the machine's time",
                    call -> {
                        String owner = call.getTargetOwner().getName();
                        String name = call.getName();
                        return owner.equals("java.lang.System")
                                        && (name.equals("nanoTime")
                                                || name.equals("currentTimeMillis"))
                                || owner.startsWith("java.time.")
                                        && (name.equals("now") || name.startsWith("system"));
                    });

    @Test
    void everyModuleUsesOnlyTheModulesBelowIt() {
        ARROWS.forEach(
                (module, below) -> {
                    List<String> allowed = new ArrayList<>(below);
                    allowed.add(module);
                    DescribedPredicate<JavaClass> others =
                            resideInAnyPackage("io.millrace..")
                                    .and(
                                            DescribedPredicate.not(
                                                    resideInAnyPackage(
                                                            allowed.stream()
                                                                    .map(
                                                                            m ->
                                                                                    "io.millrace."
                                                                                            + m
                                                                                            + "..")
                                                                    .toArray(String[]::new))));
                    noClasses()
                            .that()
                            .resideInAPackage("io.millrace." + module + "..")
                            .should()
                            .dependOnClassesThat(others)
                            .because(module + " may use " + below)
                            .check(CLASSES);
                });
    }

    @Test
    void everyArrowIsUsed() {
        ARROWS.forEach(
                (module, below) ->
                        below.forEach(
                                b ->
                                        Assertions.assertTrue(
                                                CLASSES.stream()
                                                        .filter(c -> isOf(module, c))
                                                        .flatMap(
                                                                c ->
                                                                        c
                                                                                .getDirectDependenciesFromSelf()
                                                                                .stream())
                                                        .anyMatch(d -> isOf(b, d.getTargetClass())),
                                                module + " doesn't use " + b)));
    }

    private static boolean isOf(String module, JavaClass c) {
        return resideInAnyPackage("io.millrace." + module + "..").test(c);
    }

    @Test
    void formatsAndSigningHaveNoSocketsAndNoThreads() {
        noClasses()
                .that()
                .resideInAnyPackage("io.millrace.formats..", "io.millrace.signing..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching(
                        "java\\.net\\.(Socket|ServerSocket|http\\..*)|java\\.lang\\.Thread|java\\.nio\\.channels\\..*")
                .check(CLASSES);
    }

    @Test
    void onlyTheEdgeKnowsNettyAndOnlyDoorsAndTheSenderKnowVertx() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.edge..")
                .and()
                .resideInAPackage("io.millrace..")
                .and()
                .resideOutsideOfPackages("io.millrace.kit.http..", "io.millrace.work.outgoing..")
                .and()
                .resideOutsideOfPackage("io.millrace.bench..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.vertx..")
                .check(CLASSES);
    }

    @Test
    void theServerPrintsThroughItsLog() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.millrace.store..",
                        "io.millrace.access..",
                        "io.millrace.live..",
                        "io.millrace.gateway..",
                        "io.millrace.console..",
                        "io.millrace.keyspace..",
                        "io.millrace.extents..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    /**
     * Time comes from the clocks that the server hands down ({@code kit.Clocks}); what reads the
     * machine's otherwise cannot be moved by a test and follows whoever sets the clock. Left out:
     * programs to copy from and benchmarks, the test kit's own clock and seed, the Date header that
     * each answer carries, and the time of making in a volume's header, which is for people.
     */
    @Test
    void timeComesFromTheClocksOfTheKit() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace..")
                .and()
                .resideOutsideOfPackages(
                        "io.millrace.bench..", "io.millrace.examples..", "io.millrace.testkit..")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.kit.Clocks")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.kit.MonotonicClock")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.kit.http.HttpDate")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.extents.Volumes")
                .should()
                .accessTargetWhere(READS_THE_MACHINES_TIME)
                .because("ADR 100")
                .check(CLASSES);
    }

    /** A rename that nobody synced is undone by a power cut; the spool only puts damage aside. */
    @Test
    void filesAreReplacedInOnePlace() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.millrace.kit.DurableFile")
                .and()
                .doNotHaveFullyQualifiedName("io.millrace.live.record.Spool")
                .and()
                .resideOutsideOfPackages("io.millrace.bench..", "io.millrace.examples..")
                .should()
                .callMethod(
                        java.nio.file.Files.class,
                        "move",
                        java.nio.file.Path.class,
                        java.nio.file.Path.class,
                        java.nio.file.CopyOption[].class)
                .check(CLASSES);
    }

    @Test
    void everyPackageSaysWhatLivesThere() {
        List<String> silent =
                CLASSES.stream()
                        .map(JavaClass::getPackage)
                        .distinct()
                        .filter(p -> p.getName().startsWith("io.millrace"))
                        .filter(p -> p.tryGetPackageInfo().isEmpty())
                        .map(p -> p.getName())
                        .sorted()
                        .toList();
        Assertions.assertEquals(List.of(), silent, "packages without a package-info.java");
    }

    @Test
    void failuresOfAModuleAreUncheckedExceptions() {
        classes()
                .that()
                .resideInAPackage("io.millrace..")
                .and()
                .arePublic()
                .and()
                .areAssignableTo(Exception.class)
                .and()
                .resideOutsideOfPackages("io.millrace.formats..", "io.millrace.bench..")
                .should()
                .beAssignableTo(
                        DescribedPredicate.describe(
                                "RuntimeException or IOException",
                                c ->
                                        c.isAssignableTo(RuntimeException.class)
                                                || c.isAssignableTo(java.io.IOException.class)))
                .check(CLASSES);
    }

    /** The store's packages, each with those that it may use. */
    private static final Map<String, List<String>> STORE =
            new TreeMap<>(
                    Map.of(
                            "space", List.of(),
                            "content", List.of("space"),
                            "log", List.of("space"),
                            "registry", List.of("space"),
                            "buckets", List.of("space"),
                            "objects", List.of("buckets", "content", "log", "space"),
                            "uploads", List.of("objects", "buckets", "content", "space"),
                            "scrub", List.of("uploads", "objects", "buckets", "content", "space"),
                            "reclaim",
                                    List.of(
                                            "uploads", "objects", "buckets", "content", "log",
                                            "space")));

    @Test
    void theStoresPackagesPointDownwards() {
        STORE.forEach(
                (name, below) -> {
                    List<String> allowed = new ArrayList<>();
                    below.forEach(b -> allowed.add("io.millrace.store." + b));
                    allowed.add("io.millrace.store." + name);
                    noClasses()
                            .that()
                            .resideInAPackage("io.millrace.store." + name)
                            .should()
                            .dependOnClassesThat(
                                    resideInAnyPackage("io.millrace.store..")
                                            .and(
                                                    DescribedPredicate.not(
                                                            resideInAnyPackage(
                                                                    allowed.toArray(
                                                                            String[]::new)))))
                            .because("store." + name + " may use " + below)
                            .check(CLASSES);
                });
    }

    @Test
    void othersKnowTheStoresRequestsAndAnswersButNotItsRecords() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.store..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.millrace.store..")
                                .and(
                                        DescribedPredicate.describe(
                                                "stand on the inside",
                                                ArchitectureTest::insideOfStore)))
                .check(CLASSES);
    }

    private static boolean insideOfStore(JavaClass c) {
        String name = c.getSimpleName();
        return switch (c.getPackageName()) {
            case "io.millrace.store.space" ->
                    !name.equals("StoreException") && !name.equals("Code") && !name.equals("Room");
            case "io.millrace.store.content" -> !name.equals("ExpectedDigests");
            case "io.millrace.store.registry" -> true;
            case "io.millrace.store.reclaim" -> !name.equals("MaintenanceReport");
            default -> name.endsWith("Row") || name.endsWith("Commit") || name.equals("Core");
        };
    }

    @Test
    void noPackageOfTheStoreHasMoreThanFortyClasses() {
        Map<String, Long> sizes = new TreeMap<>();
        for (JavaClass c : CLASSES) {
            if (c.getPackageName().startsWith("io.millrace.store") && c.isTopLevelClass()) {
                sizes.merge(c.getPackageName(), 1L, Long::sum);
            }
        }
        sizes.values().removeIf(size -> size <= 40);
        Assertions.assertEquals(Map.of(), sizes, "packages with more than 40 classes");
    }
}
