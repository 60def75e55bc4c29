package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.app.FlippedData.Kind;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One bit flips somewhere in a data directory that a real server wrote, killed or stopped: no
 * object is lost, absent or other in silence; verify finds it and changes nothing; after repair
 * every object reads back, or is named.
 *
 * <p>A few flips of each kind of file run with the suite; {@code bench/flips.sh} runs 40 of each
 * and prints the table.
 */
@Timeout(3_000)
class FlipsTest {
    private static final int OF_A_KIND = Integer.getInteger("millrace.flips", 2);
    private static final int MOST_HARMLESS = 40;

    @TempDir Path directory;
    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();
    private final Map<Kind, Row> table = new EnumMap<>(Kind.class);

    /** What became of the flips in one kind of file. */
    private static final class Row {
        int flips;
        int harmless;
        int refused;
        int objectsTold;
        int restored;
        int named;
    }

    @Test
    void oneFlippedBitIsNeverSilentAndRepairNamesWhatItCannotMend() throws IOException {
        FlippedData data = FlippedData.write(directory.resolve("base"));
        for (Kind kind : Kind.values()) {
            Row row = new Row();
            table.put(kind, row);
            while (row.flips < OF_A_KIND) {
                flip(data, kind, row);
                assertTrue(row.harmless <= MOST_HARMLESS, kind + " holds nothing live; " + seed);
            }
        }
        String printed = print(data);
        System.out.println(printed);
        Files.writeString(Path.of("target", "flips.txt"), printed);
    }

    private void flip(FlippedData data, Kind kind, Row row) throws IOException {
        Path base = data.base(kind, random);
        Path here = directory.resolve("flipped");
        FlippedData.delete(here);
        FlippedData.copy(base, here);
        String what = data.flip(here, kind, random) + "; " + seed;
        Path serving = directory.resolve("serving");
        FlippedData.delete(serving);
        FlippedData.copy(here, serving);
        FlippedData.Outcome before = data.read(serving);
        assertEquals(List.of(), before.silent(), what);
        Map<String, Long> evidence = evidence(here);
        DataCheck.Result found = DataCheck.verify(FlippedData.settings(here), step -> {});
        assertEquals(evidence, evidence(here), "verify changed something: " + what);
        if (found.whole()) {
            assertTrue(before.told().isEmpty() && !before.refused(), "not found: " + what);
            row.harmless++;
            return;
        }
        row.flips++;
        row.refused += before.refused() ? 1 : 0;
        row.objectsTold += before.told().size();
        repair(data, here, row, what);
    }

    private void repair(FlippedData data, Path here, Row row, String what) throws IOException {
        Path evidence = here.resolve("damaged-test");
        DataCheck.Result mended =
                DataCheck.repair(FlippedData.settings(here), evidence, step -> {});
        FlippedData.Outcome after = data.read(here);
        assertEquals(List.of(), after.silent(), what);
        for (String key : after.told()) {
            boolean named =
                    mended.hits().stream().anyMatch(h -> h.key().equals(key))
                            || mended.lost().stream().anyMatch(h -> h.key().equals(key));
            assertTrue(named, key + " is lost and not named: " + what + "\n" + mended);
        }
        assertFalse(after.refused() && mended.whole(), what);
        row.restored += mended.whole() ? 1 : 0;
        row.named += after.told().size();
        if (mended.whole()) {
            assertEquals(List.of(), after.told(), what);
            assertTrue(
                    DataCheck.verify(FlippedData.settings(here), step -> {}).whole(),
                    "not whole after repair: " + what);
        }
    }

    private static Map<String, Long> evidence(Path directory) throws IOException {
        Map<String, Long> sums = new TreeMap<>();
        FlippedData.files(directory)
                .forEach(
                        file -> {
                            if (!file.endsWith("millrace.lock")) {
                                sums.put(file.toString(), FlippedData.sum(file));
                            }
                        });
        return sums;
    }

    private String print(FlippedData data) {
        StringBuilder text =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "%d objects, 0 silent losses (else the test fails); %s%n"
                                        + "%-10s %6s %8s %7s %9s %6s%n",
                                data.objects(),
                                seed,
                                "file",
                                "flips",
                                "refused",
                                "told",
                                "restored",
                                "named"));
        table.forEach(
                (kind, row) ->
                        text.append(
                                String.format(
                                        Locale.ROOT,
                                        "%-10s %6d %8d %7d %9d %6d%n",
                                        kind,
                                        row.flips,
                                        row.refused,
                                        row.objectsTold,
                                        row.restored,
                                        row.named)));
        return text.toString();
    }

    @Test
    void moreThanABitInAVolumeIsNamedAndNothingElseIsHit() throws IOException {
        FlippedData data = FlippedData.write(directory.resolve("base"));
        Path here = directory.resolve("holed");
        FlippedData.copy(data.base(Kind.VOLUME, random), here);
        String what = data.hole(here, Kind.VOLUME, random) + "; " + seed;
        DataCheck.Result mended =
                DataCheck.repair(
                        FlippedData.settings(here), here.resolve("damaged-test"), step -> {});
        FlippedData.Outcome after = data.read(here);
        assertEquals(List.of(), after.silent(), what);
        for (String key : after.told()) {
            assertTrue(mended.hits().stream().anyMatch(h -> h.key().equals(key)), key + what);
        }
        // A part's own row, which has no bucket, is named beside the object made of it.
        long objects = mended.hits().stream().filter(h -> !h.bucket().equals("?")).count();
        assertEquals(after.told().size(), objects, what + mended);
    }
}
