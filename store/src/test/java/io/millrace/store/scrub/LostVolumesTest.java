package io.millrace.store.scrub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.kit.Damage;
import io.millrace.store.Bench;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.verify.StoreVerify;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is damaged is known without reading all: what was noted, and volumes that are gone. */
class LostVolumesTest {
    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;

    @BeforeAll
    static void begin() {
        ground = new Bench.Ground(directory);
    }

    @AfterAll
    static void end() {
        ground.close();
    }

    @BeforeEach
    void open() {
        bench = new Bench(ground);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> lost() {
        return new LostVolumes(bench.core.space(), bench.extents)
                .list().stream().map(Damage::file).toList();
    }

    private static String volume(ExtentRef ref) {
        return "volume " + ref.volume();
    }

    @Test
    void eachVolumeThatSomebodyNeedsAndThatIsGoneIsNamedOnce() {
        assertEquals(List.of(), lost());
        ExtentRef first = bench.sealed("first", 20_000);
        bench.put("second", 20_000);
        ExtentRef second = bench.sealed("third", 20_000);
        ExtentRef whole = bench.sealed("whole", 20_000);
        ExtentRef last = bench.sealed("last", 20_000);
        bench.put("open", 20_000);
        assertEquals(List.of(), lost());
        bench.extents.delete(second.volume());
        assertEquals(List.of(volume(second)), lost());
        bench.extents.delete(first.volume());
        bench.extents.delete(last.volume());
        assertEquals(List.of(volume(first), volume(second), volume(last)), lost());
        disown(first);
        disown(whole);
        bench.extents.delete(whole.volume());
        assertEquals(List.of(volume(second), volume(last)), lost(), "nobody needs it");
    }

    private void disown(ExtentRef ref) {
        bench.rows(StoreKeys.owners(ref)).forEach(owner -> bench.erase(owner.key()));
    }

    @Test
    void aVolumeThatIsMadeOrLeftMeanwhileIsNotLost() {
        bench.sealed("first", 20_000);
        boolean[] once = {false};
        bench.scans =
                scan -> {
                    if (!once[0]) {
                        once[0] = true;
                        bench.put("later", 20_000);
                    }
                };
        assertEquals(List.of(), lost());
        bench.extents.seal(bench.owned().getLast().volume());
        ExtentRef left = bench.sealed("left", 20_000);
        bench.extents.delete(left.volume());
        int[] scans = {0};
        bench.scans =
                scan -> {
                    if (scan.from()[1] == 'o' && ++scans[0] == 4) {
                        disown(left);
                    }
                };
        assertEquals(List.of(), lost());
    }

    /** It must not keep a walk from its end. */
    @Test
    void anOwnersKeyOfAnotherLengthIsPassed() {
        ExtentRef lost = bench.sealed("lost", 20_000);
        bench.put("whole", 20_000);
        Entry owner = bench.rows(StoreKeys.owners(lost)).getFirst();
        byte[] longer = new byte[owner.key().length + 16];
        Arrays.fill(longer, (byte) 0xFF);
        System.arraycopy(owner.key(), 0, longer, 0, owner.key().length);
        Arrays.fill(longer, longer.length - 24, longer.length, (byte) 0);
        bench.write(longer, owner.value());
        bench.extents.delete(lost.volume());
        assertTrue(lost().contains(volume(lost)));
        new ExtentWalk(bench.core, new Notes(bench.core), new Pace(bench.clock.monotonic(), 0))
                .gone(bench.store());
        assertEquals(1, new Found(bench.core.space()).objects().size());
    }

    @Test
    void anOwnersKeyThatStandsBehindItsVolumesIsPassedToo() {
        ExtentRef first = bench.sealed("first", 20_000);
        ExtentRef second = bench.sealed("second", 20_000);
        byte[] owner = bench.rows(StoreKeys.owners(second)).getFirst().key();
        byte[] longer = Arrays.copyOf(owner, owner.length + 16);
        ByteBuffer.wrap(longer).putLong(longer.length - 3 * Long.BYTES, first.volume());
        bench.write(longer, bench.rows(StoreKeys.owners(second)).getFirst().value());
        Notes notes = new Notes(bench.core);
        Pace pace = new Pace(bench.clock.monotonic(), 0);
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    assertEquals(List.of(), lost());
                    new ExtentWalk(bench.core, notes, pace).gone(bench.store());
                });
    }

    @Test
    void ofOneObjectEachPlaceIsKnown() {
        ExtentRef hit = bench.sealed("hit", 200_000);
        Damage one = new Damage(Damage.Kind.VOLUME, "7.volume", 5, "another");
        Damage two = new Damage(Damage.Kind.VOLUME, "7.volume", 70_000, "another");
        new Notes(bench.core)
                .note(List.of(new DamagedBlock(hit, 0, one), new DamagedBlock(hit, 1, two)));
        assertEquals(List.of(one, two), StoreVerify.known(bench.keySpace, bench.extents));
    }

    @Test
    void whatWasNotedIsKnownToo() {
        ExtentRef hit = bench.sealed("hit", 20_000);
        ExtentRef gone = bench.sealed("gone", 20_000);
        assertEquals(List.of(), StoreVerify.known(bench.keySpace, bench.extents));
        Damage block = new Damage(Damage.Kind.VOLUME, "7.volume", 5, "another");
        Damage table = new Damage(Damage.Kind.TABLE, "1.sst", 6, "another");
        new Notes(bench.core).note(List.of(new DamagedBlock(hit, 0, block)));
        new FileNotes(bench.core).note(new KeySpaceFiles.Named("1.sst", 9), List.of(table));
        bench.extents.delete(gone.volume());
        assertEquals(
                List.of("1.sst", "7.volume", volume(gone)),
                StoreVerify.known(bench.keySpace, bench.extents).stream()
                        .map(Damage::file)
                        .toList());
        Notes notes = new Notes(bench.core);
        new ExtentWalk(bench.core, notes, new Pace(bench.clock.monotonic(), 0)).gone(bench.store());
        assertEquals(3, StoreVerify.known(bench.keySpace, bench.extents).size(), "each once");
        bench.delete("hit");
        assertEquals(2, StoreVerify.known(bench.keySpace, bench.extents).size());
    }
}
