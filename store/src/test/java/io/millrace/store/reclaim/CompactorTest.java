package io.millrace.store.reclaim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Keys;
import io.millrace.store.Bench;
import io.millrace.store.content.Piece;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is worth it is emptied, most gain first and a bounded part at a time; the rest has rest. */
class CompactorTest {
    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Compactor compactor;

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
        compactor = new Compactor(bench.core);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** A volume that is ended, of objects of which all but the last are deleted and freed. */
    private LocalVolume volume(String name, int... lengths) {
        for (int i = 0; i < lengths.length; i++) {
            bench.put(name + i, lengths[i]);
        }
        long number = bench.owned().getLast().volume();
        bench.extents.seal(number);
        for (int i = 0; i < lengths.length - 1; i++) {
            bench.delete(name + i);
        }
        new Reclaimer(bench.core).free(bench.now() + 1, false);
        return volume(number);
    }

    private static int deadPercent(LocalVolume volume, long live) {
        return (int) ((volume.usedBytes() - live) * 100 / volume.usedBytes());
    }

    private List<ExtentRef> in(LocalVolume volume) {
        return bench.owned().stream().filter(e -> e.volume() == volume.number()).toList();
    }

    @Test
    void aVolumeIsEmptiedWhenMoreOfItIsDeadThanTheLeastShare() {
        LocalVolume volume = volume("v", 200_000, 100_000);
        int percent = deadPercent(volume, 100_000);
        assertEquals(0, compactor.run(List.of(volume), percent + 1));
        assertEquals(1, in(volume).size());
        assertEquals(1, compactor.run(List.of(volume), percent));
        assertEquals(List.of(), in(volume));
        assertArrayEquals(Bench.bytes("v1", 100_000), bench.get("v1"));
        assertEquals(0, compactor.run(List.of(volume), percent), "it is empty");
    }

    @Test
    void aVolumeWithoutADeadByteIsLeftAloneWhateverTheShare() {
        LocalVolume volume = volume("v", 100_000);
        bench.write(volume.dead(), Keys.counter(0));
        bench.write(volume.audited(), new byte[] {1});
        assertEquals(0, compactor.run(List.of(volume), 0));
        bench.write(volume.dead(), Keys.counter(-1));
        assertEquals(0, compactor.run(List.of(volume), -100));
        assertEquals(1, in(volume).size());
    }

    @Test
    void whatGivesMostForAByteMovedIsFirstAndAPassEndsWithItsBudget() {
        LocalVolume least = volume("least", 200_000, 90_000);
        LocalVolume most = volume("most", 300_000, 20_000);
        LocalVolume middle = volume("middle", 300_000, 50_000);
        List<LocalVolume> all = List.of(least, most, middle);
        Compactor bounded = new Compactor(bench.core, 20_001);
        assertEquals(2, bounded.run(all, 50));
        assertEquals(List.of(), in(most));
        assertEquals(List.of(), in(middle));
        assertEquals(1, in(least).size(), "the budget was spent");
        assertEquals(1, bounded.run(all, 50));
        bench.extents.seal(bench.owned().getLast().volume());
        LocalVolume many = volume("many", 300_000, 20_000);
        Compactor exact = new Compactor(bench.core, 20_000);
        LocalVolume next = volume("next", 200_000, 90_000);
        assertEquals(1, exact.run(List.of(many, next), 50));
        assertEquals(1, in(next).size());
    }

    @Test
    void aPassStopsInTheMiddleOfAVolumeAndTheNextGoesOnThere() {
        bench.put("dead", 400_000);
        for (String key : List.of("a", "b", "c")) {
            bench.put(key, 30_000);
        }
        ExtentRef first = bench.owned().getFirst();
        bench.extents.seal(first.volume());
        bench.delete("dead");
        new Reclaimer(bench.core).free(bench.now() + 1, false);
        LocalVolume volume = volume(first.volume());
        Compactor bounded = new Compactor(bench.core, 30_001);
        assertEquals(2, bounded.run(List.of(volume), 50));
        assertEquals(1, in(volume).size());
        assertEquals(1, bounded.run(List.of(volume), 50));
        assertEquals(List.of(), in(volume));
    }

    @Test
    void aVolumeThatGaveNothingRestsTwiceAsLongEachTimeUntilItGivesAgain() {
        LocalVolume volume = volume("v", 300_000, 50_000);
        bench.copy("v1", "copy");
        // On its way out, but not freed yet.
        bench.delete("v1");
        bench.delete("copy");
        List<Integer> looked = new ArrayList<>();
        for (int pass = 1; pass <= 200; pass++) {
            int now = pass;
            bench.scans =
                    scan -> {
                        if (Keys.startsWith(scan.from(), volume.owners())
                                && (looked.isEmpty() || looked.getLast() != now)) {
                            looked.add(now);
                        }
                    };
            assertEquals(0, compactor.run(List.of(volume), 50));
        }
        // The first one also counted what is dead.
        assertEquals(List.of(1, 2, 4, 8, 16, 32, 64, 128, 192), looked);
        bench.scans = scan -> {};
        assertEquals(0, compactor.run(List.of(), 50), "the volume is gone, and so is its rest");
        looked.clear();
        bench.scans = scan -> looked.add(1);
        compactor.run(List.of(volume), 50);
        assertFalse(looked.isEmpty());
    }

    @Test
    void whatIsDamagedKeepsItsVolumeAndIsNotReadAgainAndAgain() {
        bench.put("dead", 400_000);
        bench.put("bad", 30_000);
        bench.put("good", 40_000);
        List<ExtentRef> extents = bench.owned();
        LocalVolume volume = volume(extents.getFirst().volume());
        bench.extents.seal(volume.number());
        bench.delete("dead");
        new Reclaimer(bench.core).free(bench.now() + 1, false);
        bench.flip(extents.get(1));
        assertEquals(1, compactor.run(List.of(volume(volume.number())), 50));
        assertEquals(List.of(extents.get(1)), in(volume));
        assertArrayEquals(Bench.bytes("good", 40_000), bench.get("good"));
        int known = bench.extents.damaged().size();
        assertTrue(known > 0);
        bench.extents.damaged().forEach(bench.extents::forget);
        assertEquals(0, compactor.run(List.of(volume), 50));
        assertEquals(List.of(), bench.extents.damaged(), "it was not read");
        assertEquals(0, new Compactor(bench.core).run(List.of(volume), 50));
        assertEquals(known, bench.extents.damaged().size(), "a new one has to find out");
        bench.flip(extents.get(1));
        compactor.run(List.of(), 50);
        assertEquals(1, compactor.run(List.of(volume), 50), "it was told that the volume is gone");
    }

    @Test
    void anOwnerThatDoesNotReadKeepsItsVolumeAndNoOtherFromItsTurn() {
        LocalVolume broken = volume("broken", 300_000, 50_000);
        LocalVolume good = volume("good", 300_000, 60_000);
        List<LocalVolume> both = List.of(broken, good);
        bench.erase(broken.dead());
        bench.write(bench.rows(broken.owners()).getFirst().key(), new byte[] {2});
        assertEquals(1, compactor.run(both, 50));
        assertEquals(List.of(), bench.rows(good.owners()));
        assertNull(bench.keySpace.get(broken.audited()), "nobody knows what is dead in it");
        bench.write(broken.dead(), Keys.counter(300_000));
        bench.write(broken.audited(), new byte[] {1});
        assertEquals(0, compactor.run(both, 50));
        assertEquals(1, bench.rows(broken.owners()).size());
        bench.erase(bench.rows(broken.owners()).getFirst().key());
        bench.put("dead", 400_000);
        bench.put("open", 20_000);
        bench.delete("dead");
        new Reclaimer(bench.core).free(bench.now() + 1, false);
        byte[] open = StoreKeys.owners(bench.owned().getLast());
        bench.write(bench.rows(open).getFirst().key(), new byte[] {2});
        assertEquals(0, compactor.seal(50), "nor is an open one ended");
    }

    @Test
    void aFailureThatIsNoDamageEndsThePass() {
        LocalVolume volume = volume("v", 300_000, 50_000);
        bench.extents.delete(volume.number());
        StoreException failed =
                assertThrows(StoreException.class, () -> compactor.run(List.of(volume), 50));
        assertEquals(StoreException.Code.STORAGE_FAILED, failed.code());
    }

    @Test
    void whatACrashLeftOutIsCountedOnceWhenTheVolumeIsEnded() {
        LocalVolume volume = volume("v", 300_000, 50_000);
        bench.copy("v1", "copy");
        bench.erase(volume.dead());
        assertEquals(0, compactor.run(List.of(volume), 99));
        assertEquals(volume.usedBytes() - 50_000, bench.dead(volume.number()));
        assertNotNull(bench.keySpace.get(volume.audited()));
        bench.write(volume.dead(), Keys.counter(7));
        compactor.run(List.of(volume), 99);
        assertEquals(7, bench.dead(volume.number()));
        bench.erase(volume.audited());
        bench.before(volume.audited(), () -> bench.write(volume.dead(), Keys.counter(9)));
        compactor.run(List.of(volume), 99);
        assertEquals(9, bench.dead(volume.number()), "somebody else counted meanwhile");
        assertNull(bench.keySpace.get(volume.audited()), "so it is done again");
    }

    @Test
    void aVolumeWhoseBytesMayStillGetAnOwnerIsNotCountedYet() {
        LocalVolume volume = volume("v", 300_000, 50_000);
        bench.erase(volume.dead());
        List<Piece> awaited = List.of(Piece.whole(in(volume).getFirst()));
        bench.core.bodies().pin(awaited);
        compactor.run(List.of(volume), 99);
        assertNull(bench.keySpace.get(volume.audited()));
        bench.core.bodies().settled(awaited);
        compactor.run(List.of(volume), 99);
        assertNotNull(bench.keySpace.get(volume.audited()));
    }

    @Test
    void everyOwnerCountsHoweverManyThereAre() {
        bench.put("v0", 300_000);
        ExtentRef extent = bench.owned().getFirst();
        LocalVolume volume = volume(extent.volume());
        bench.extents.seal(extent.volume());
        Batch.Builder batch = Batch.builder();
        byte[] owner = bench.rows('V', 'o').getFirst().value();
        for (int i = 1; i <= 1_200; i++) {
            ExtentRef other =
                    new ExtentRef(bench.store(), 1, extent.volume(), 1_000_000L + i, 300_000);
            batch.put(StoreKeys.owner(other, i), owner);
        }
        assertTrue(bench.commit(batch.build()).committed());
        LocalVolume huge = new LocalVolume(bench.store(), volume.number(), true, 400_000_000L);
        compactor.run(List.of(huge), 99);
        assertEquals(400_000_000L - 1_201 * 300_000L, bench.dead(volume.number()));
    }

    @Test
    void openVolumesThatAreMostlyDeadAreEnded() {
        bench.put("dead", 400_000);
        bench.put("live", 100_000);
        long number = bench.owned().getFirst().volume();
        bench.delete("dead");
        new Reclaimer(bench.core).free(bench.now() + 1, false);
        int percent = deadPercent(volume(number), 100_000);
        assertEquals(0, compactor.seal(percent + 1));
        assertFalse(volume(number).sealed());
        assertEquals(1, compactor.seal(percent));
        assertTrue(volume(number).sealed());
        assertEquals(0, compactor.seal(percent), "it is");
    }

    private LocalVolume volume(long number) {
        return LocalVolume.all(bench.core).stream()
                .filter(v -> v.number() == number)
                .findFirst()
                .orElseThrow();
    }
}
