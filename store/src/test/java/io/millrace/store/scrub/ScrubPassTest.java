package io.millrace.store.scrub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.kit.Damage;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Bench;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pass reads every byte that has an owner, once, from where it stood, and then the files. */
class ScrubPassTest {
    private static final int BLOCK = Extents.BLOCK_BYTES;
    private static final byte[] START = {};

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Leases leases;
    private Tenure tenure;
    private Notes notes;
    private final List<String> told = new ArrayList<>();
    private final List<byte[]> positions = new ArrayList<>();

    /** What a check of each file of the key space says. */
    private final Map<String, List<Damage>> files = new HashMap<>();

    private final List<String> checked = new ArrayList<>();

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
        leases = leases("node");
        tenure = leases.acquire("scrub").orElseThrow();
        notes = new Notes(bench.core);
    }

    private Leases leases(String node) {
        return Leases.open(
                bench.keySpace, node, Leases.Options.standard(), MonotonicClock.system());
    }

    @AfterEach
    void close() {
        leases.close();
        bench.close();
    }

    private boolean walk(byte[] position) throws InterruptedException {
        return walk(bench.core, position);
    }

    private boolean walk(Core core, byte[] position) throws InterruptedException {
        told.clear();
        positions.clear();
        Pace pace = new Pace(bench.clock.monotonic(), 0);
        return new ExtentWalk(core, notes, pace)
                .run(
                        bench.store(),
                        position,
                        tenure,
                        (key, bytes, damages) -> {
                            positions.add(key);
                            told.add(bytes + (damages == 0 ? "" : " damaged " + damages));
                        });
    }

    /** Does something before each read of an extent, by its offset. */
    private Core reading(LongConsumer first) {
        Object watched =
                Proxy.newProxyInstance(
                        Extents.class.getClassLoader(),
                        new Class<?>[] {Extents.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("read")) {
                                first.accept((Long) arguments[1]);
                            }
                            try {
                                return method.invoke(bench.extents, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
        return bench.with((Extents) watched);
    }

    private List<DamagedObject> found() {
        return new Found(bench.core.space()).objects();
    }

    @Test
    void eachExtentIsReadOnceHoweverManyOwnersItHasFromWhereItStood() throws Exception {
        bench.put("a", 20_000);
        bench.put("b", 300_000);
        bench.put("c", 40_000);
        bench.copy("a", "copy");
        bench.copy("c", "copy too");
        assertTrue(walk(START));
        assertEquals(List.of("20000", "300000", "40000"), told);
        byte[] second = positions.get(1);
        assertTrue(walk(second));
        assertEquals(List.of("40000"), told);
        assertTrue(walk(positions.getFirst()));
        assertEquals(List.of("40000"), told, "from its other owner on");
    }

    @Test
    void thereMayBeAnyNumberOfExtentsInAnyNumberOfVolumes() throws Exception {
        for (int i = 0; i < 230; i++) {
            bench.put("o" + i, 17_000 + i);
        }
        bench.flip(bench.owned().getLast());
        assertTrue(walk(START));
        assertEquals(230, told.size());
        assertEquals("17229 damaged 1", told.getLast());
        assertEquals(229, told.stream().filter(t -> !t.contains("damaged")).count());
    }

    @Test
    void everyDamagedBlockOfAnExtentIsFound() throws Exception {
        bench.put("whole", 4 * BLOCK);
        bench.put("hit", 5 * BLOCK + 100);
        ExtentRef hit = bench.owned().getLast();
        // Its third block, and its last one, which is alone in its chunk.
        bench.flip(hit);
        ExtentRef end = part(hit, 5 * BLOCK, 100);
        bench.flip(end);
        bench.put("behind", 100_000);
        assertTrue(walk(START));
        assertEquals(List.of("" + 4 * BLOCK, 5 * BLOCK + 100 + " damaged 2", "100000"), told);
        assertEquals(1, found().size());
        assertEquals(2, found().getFirst().places().size());
        assertEquals(List.of(2L, 5L), damagedBlocks());
    }

    @Test
    void whatIsWholeIsReadOnceAndADamagedChunkAgainByItsBlocks() throws Exception {
        List<Long> reads = new ArrayList<>();
        Core core = reading(reads::add);
        bench.put("a", 6 * BLOCK + 100);
        assertTrue(walk(core, START));
        assertEquals(List.of(0L, 4L * BLOCK), reads);
        reads.clear();
        bench.flip(part(bench.owned().getLast(), 5 * BLOCK, BLOCK));
        assertTrue(walk(core, START));
        assertEquals(List.of(6 * BLOCK + 100 + " damaged 1"), told);
        assertEquals(List.of(0L, 4L * BLOCK, 4L * BLOCK, 5L * BLOCK, 6L * BLOCK), reads);
        assertEquals(5, damagedBlocks().getFirst());
    }

    private List<Long> damagedBlocks() {
        return bench.rows(StoreKeys.damages()).stream()
                .map(row -> DamageRow.decode(row).block().block())
                .toList();
    }

    @Test
    void aFailureOfTheExtentsIsDamageOrTheEndOrAnotherNodesBusiness() throws Exception {
        bench.put("a", BLOCK + 100);
        for (ExtentsException.Code code : ExtentsException.Code.values()) {
            List<Long> reads = new ArrayList<>();
            Core core =
                    reading(
                            offset -> {
                                reads.add(offset);
                                throw new ExtentsException(code, "it is " + code);
                            });
            switch (code) {
                case NOT_FOUND, UNAVAILABLE, FORMAT -> {
                    assertTrue(walk(core, START));
                    assertEquals(List.of(BLOCK + 100 + " damaged 2"), told, code.name());
                    assertEquals(List.of(0L, 1L), damagedBlocks());
                    assertEquals("it is " + code, found().getFirst().places().getFirst().text());
                    bench.rows(StoreKeys.damages()).forEach(row -> bench.erase(row.key()));
                }
                // Of this the extents themselves tell.
                case CORRUPT -> {
                    assertTrue(walk(core, START));
                    assertEquals(List.of("" + (BLOCK + 100)), told);
                    assertEquals(3, reads.size());
                }
                case ELSEWHERE -> {
                    assertTrue(walk(core, START));
                    assertEquals(List.of("" + (BLOCK + 100)), told);
                    assertEquals(1, reads.size());
                }
                case LIMIT, CLOSED, BUSY, DISK_FULL, FAILED, IDENTITY, LOCKED -> {
                    assertThrows(StoreException.class, () -> walk(core, START), code.name());
                    assertEquals(List.of(), told);
                }
            }
        }
        assertEquals(List.of(), found());
    }

    /** Not a real one: something to flip a bit in. */
    private static ExtentRef part(ExtentRef ref, long from, long length) {
        return new ExtentRef(ref.store(), ref.epoch(), ref.volume(), ref.offset() + from, length);
    }

    @Test
    void whatIsGoneBetweenTheListAndTheReadIsNoDamageAndWhatIsReadIsKept() throws Exception {
        bench.put("a", 20_000);
        ExtentRef ref = bench.owned().getFirst();
        Entry owner = bench.rows(StoreKeys.owners(ref)).getFirst();
        boolean[] kept = {false};
        bench.gets =
                key -> {
                    if (Arrays.equals(key, owner.key())) {
                        kept[0] = bench.core.pins().pinned(ref.volume());
                        bench.erase(owner.key());
                        bench.extents.delete(ref.volume());
                    }
                };
        assertTrue(walk(START));
        assertEquals(List.of("20000"), told);
        assertTrue(kept[0], "its volume was pinned before its owner was read again");
        assertFalse(bench.core.pins().pinned(ref.volume()));
        assertEquals(List.of(), found());
    }

    @Test
    void aWalkThatIsToEndStopsWhereItStandsAndHasNotedWhatItMet() throws Exception {
        bench.put("hit", 300_000);
        bench.put("behind", 20_000);
        bench.flip(bench.owned().getFirst());
        tenure.askToEnd();
        assertFalse(walk(START));
        assertEquals(List.of(), told, "it is read again, for it was not read to its end");
        assertEquals("hit", found().getFirst().key());
    }

    @Test
    void aVolumeThatIsGoneIsDamageOfEachBlockAndKnownWithoutAPass() throws Exception {
        ExtentRef there = bench.sealed("there", 20_000);
        bench.flip(there);
        ExtentRef first = bench.sealed("first", 2 * BLOCK + 1);
        bench.put("second", 20_000);
        bench.put("third", 30_000);
        ExtentRef last = bench.owned().getLast();
        bench.extents.seal(last.volume());
        bench.put("behind", 20_000);
        bench.extents.delete(first.volume());
        bench.extents.delete(last.volume());
        new ExtentWalk(bench.core, notes, new Pace(bench.clock.monotonic(), 0)).gone(bench.store());
        assertEquals(
                List.of("first", "second", "third"),
                found().stream().map(DamagedObject::key).sorted().toList());
        for (DamagedObject object : found()) {
            assertEquals(1, object.places().size());
            Damage place = object.places().getFirst();
            assertEquals(Damage.Kind.VOLUME, place.kind());
            assertTrue(place.file().startsWith("volume "), place.file());
        }
        assertTrue(walk(START));
        assertEquals(List.of("20000 damaged 1", 2 * BLOCK + 1 + " damaged 2"), told.subList(0, 2));
        List<Damage> all =
                found().stream()
                        .filter(d -> d.key().equals("first"))
                        .findFirst()
                        .orElseThrow()
                        .places();
        assertEquals(
                List.of(first.offset(), first.offset() + BLOCK, first.offset() + 2L * BLOCK),
                all.stream().map(Damage::offset).toList());
        assertEquals(List.of(0L, 0L, 1L, 2L, 0L, 0L), damagedBlocks());
    }

    @Test
    void ofAnOwnerThatIsGoneWithItsVolumeNothingIsTold() {
        ExtentRef gone = bench.sealed("gone", 20_000);
        Entry owner = bench.rows(StoreKeys.owners(gone)).getFirst();
        bench.extents.delete(gone.volume());
        bench.gets =
                key -> {
                    if (Arrays.equals(key, owner.key())) {
                        bench.erase(owner.key());
                    }
                };
        new ExtentWalk(bench.core, notes, new Pace(bench.clock.monotonic(), 0)).gone(bench.store());
        assertEquals(List.of(), bench.rows(StoreKeys.damages()));
    }

    @Test
    void anExtentThatIsShorterThanItsRecordSaysIsDamaged() throws Exception {
        bench.put("a", 20_000);
        Entry owner = bench.rows('V', 'o').getFirst();
        ExtentRef ref = bench.owned().getFirst();
        ExtentRef longer =
                new ExtentRef(ref.store(), ref.epoch(), ref.volume(), ref.offset(), 20_001);
        bench.write(owner.key(), OwnerRow.decode(owner.value()).encode(longer));
        assertTrue(walk(START));
        assertEquals(List.of("20001 damaged 1"), told);
    }

    @Test
    void anOwnerThatDoesNotReadHidesNoDamageBehindIt() throws Exception {
        bench.put("a", 20_000);
        bench.put("b", 30_000);
        bench.copy("b", "copy");
        ExtentRef second = bench.owned().getLast();
        bench.flip(second);
        bench.write(bench.rows('V', 'o').getFirst().key(), new byte[] {2});
        bench.write(bench.rows(StoreKeys.owners(second)).getFirst().key(), new byte[] {2});
        assertTrue(walk(START));
        assertEquals(List.of("30000 damaged 1"), told);
        assertEquals(List.of("copy"), found().stream().map(DamagedObject::key).toList());
        bench.extents.delete(second.volume());
        bench.erase(bench.rows(StoreKeys.damages()).getFirst().key());
        new ExtentWalk(bench.core, notes, new Pace(bench.clock.monotonic(), 0)).gone(bench.store());
        assertEquals(List.of("copy"), found().stream().map(DamagedObject::key).toList());
    }

    private final class Files implements KeySpaceFiles {
        @Override
        public List<Named> list() {
            return files.keySet().stream().sorted().map(n -> new Named(n, 40L << 20)).toList();
        }

        @Override
        public List<Damage> check(Named file) {
            checked.add(file.name());
            if (file.name().equals("unknown")) {
                throw new KeySpaceException(KeySpaceException.Code.FAILED, "no such file");
            }
            return files.getOrDefault(file.name(), List.of());
        }
    }

    private static Damage damage(String file) {
        return new Damage(Damage.Kind.TABLE, file, 5, "another checksum");
    }

    private Pass pass(ScrubRow from, Pass.Progress progress) {
        return new Pass(bench.core, Optional.of(new Files()), from, ending(progress));
    }

    /** A pass that never ends is a failure, not a wait. */
    private static Pass.Progress ending(Pass.Progress progress) {
        int[] told = {0};
        return (row, bytes) -> {
            assertTrue(++told[0] < 1_000, "it goes on for ever");
            progress.at(row, bytes);
        };
    }

    private boolean run(ScrubRow from) throws InterruptedException {
        return pass(from, (row, bytes) -> {}).run(tenure, new Pace(bench.clock.monotonic(), 0));
    }

    private ScrubRow saved() {
        return ScrubRow.decode(bench.keySpace.get(StoreKeys.scrub(bench.store())));
    }

    @Test
    void aPassReadsExtentsThenFilesAndSaysHowFarItIs() throws Exception {
        bench.put("hit", 20_000);
        bench.flip(bench.owned().getFirst());
        files.put("1", List.of());
        files.put("2", List.of(damage("2"), damage("2")));
        List<String> heard = new ArrayList<>();
        Pass pass =
                pass(
                        ScrubRow.NEVER.begin(1, 100),
                        (row, bytes) -> heard.add(row.phase() + " " + bytes));
        assertTrue(pass.run(tenure, new Pace(bench.clock.monotonic(), 0)));
        long all = 20_000 + (80L << 20);
        ScrubRow row = saved();
        assertEquals(ScrubRow.Phase.NONE, row.phase());
        assertEquals(all, row.doneBytes());
        assertEquals(3, row.found());
        assertEquals(bench.now(), row.finishedMillis());
        assertEquals(List.of("1", "2"), checked);
        assertEquals("EXTENTS 0", heard.getFirst());
        assertTrue(heard.contains("KEY_SPACE 20000"), heard.toString());
        assertEquals("NONE " + all, heard.getLast());
        assertEquals(List.of(damage("2")), new Found(bench.core.space()).files());
    }

    @Test
    void aPassGoesOnWhereItStood() throws Exception {
        bench.put("a", 20_000);
        for (String file : List.of("1", "2", "3")) {
            files.put(file, List.of());
        }
        ScrubRow inFiles =
                ScrubRow.NEVER
                        .begin(1, 100)
                        .in(ScrubRow.Phase.KEY_SPACE)
                        .at("2".getBytes(StandardCharsets.UTF_8), 5, 0);
        assertTrue(run(inFiles));
        assertEquals(List.of("3"), checked);
        assertEquals(5 + (40L << 20), saved().doneBytes());
        checked.clear();
        assertTrue(run(ScrubRow.NEVER.begin(1, 100).in(ScrubRow.Phase.EXTENTS_UNNAMED)));
        assertEquals(List.of("1", "2", "3"), checked);
        assertEquals(120L << 20, saved().doneBytes(), "no extent was read");
    }

    @Test
    void aPassThatIsToEndHasSavedWhereItStands() throws Exception {
        bench.put("a", 20_000);
        for (String file : List.of("1", "2", "3")) {
            files.put(file, List.of());
        }
        tenure.askToEnd();
        assertFalse(run(ScrubRow.NEVER.begin(1, 100)));
        assertEquals(ScrubRow.Phase.EXTENTS, saved().phase());
        assertFalse(run(ScrubRow.NEVER.begin(1, 100).in(ScrubRow.Phase.KEY_SPACE)));
        assertEquals(List.of("1"), checked);
        assertArrayEquals("1".getBytes(StandardCharsets.UTF_8), saved().position());
        assertEquals(40L << 20, saved().doneBytes());
    }

    @Test
    void whateverPhaseIsCutOffIsGoneOnWith() throws Exception {
        bench.put("a", 20_000);
        files.put("1", List.of());
        tenure.askToEnd();
        Core unnamed = unnamed();
        for (ScrubRow.Phase phase :
                List.of(
                        ScrubRow.Phase.EXTENTS,
                        ScrubRow.Phase.EXTENTS_UNNAMED,
                        ScrubRow.Phase.ROWS,
                        ScrubRow.Phase.KEY_SPACE)) {
            ScrubRow from = ScrubRow.NEVER.begin(1, 100).in(phase);
            assertFalse(
                    new Pass(unnamed, Optional.of(new Files()), from, ending((r, b) -> {}))
                            .run(tenure, new Pace(bench.clock.monotonic(), 0)));
            assertEquals(phase, saved().phase());
        }
    }

    /** As after an upgrade from version 0.1: the store that its references mean is this one. */
    private Core unnamed() {
        Entry owner = bench.rows('V', 'o').getFirst();
        ExtentRef ref = bench.owned().getFirst();
        ExtentRef old = ExtentRef.unnamed(ref.volume(), ref.offset(), ref.length());
        bench.write(StoreKeys.owner(old, 7), OwnerRow.decode(owner.value()).encode(old));
        return bench.unnamed();
    }

    @Test
    void ofAStoreOfVersion01ThatHasNoNameBothAreRead() throws Exception {
        bench.put("a", 20_000);
        Core unnamed = unnamed();
        ScrubRow from = ScrubRow.NEVER.begin(1, 100);
        for (Core core : List.of(bench.core, unnamed)) {
            new Pass(core, Optional.empty(), from, ending((row, bytes) -> {}))
                    .run(tenure, new Pace(bench.clock.monotonic(), 0));
            assertEquals(core == unnamed ? 40_000 : 20_000, saved().doneBytes());
        }
    }

    @Test
    void aDamagedFileThatIsNotUsedAnyMoreIsForgotten() throws Exception {
        files.put("1", List.of(damage("1")));
        files.put("2", List.of(damage("2")));
        assertTrue(run(ScrubRow.NEVER.begin(1, 100)));
        files.remove("1");
        assertTrue(run(ScrubRow.NEVER.begin(2, 100)));
        assertEquals(List.of(damage("2")), new Found(bench.core.space()).files());
    }

    @Test
    void howFarItIsIsSavedNowAndThenAndWithEachDamage() throws Exception {
        for (String file : List.of("1", "2", "3", "4", "5")) {
            files.put(file, file.equals("3") ? List.of(damage("3")) : List.of());
        }
        List<String> heard = new ArrayList<>();
        pass(
                        ScrubRow.NEVER.begin(1, 100).in(ScrubRow.Phase.KEY_SPACE),
                        (row, bytes) ->
                                heard.add((bytes >> 20) + " " + (saved().doneBytes() >> 20)))
                .run(tenure, new Pace(bench.clock.monotonic(), 0));
        assertEquals(
                List.of(
                        "0 0", "40 0", "80 0", "80 80", "120 80", "120 120", "160 120", "200 120",
                        "200 200", "200 200", "200 200"),
                heard);
    }

    @Test
    void aFileThatCantBeCheckedIsAFailureAndNoDamage() {
        files.put("unknown", List.of());
        StoreException failed =
                assertThrows(StoreException.class, () -> run(ScrubRow.NEVER.begin(1, 100)));
        assertEquals(StoreException.Code.STORAGE_FAILED, failed.code());
        assertEquals("no such file", failed.getMessage());
    }
}
