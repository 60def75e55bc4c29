package io.millrace.store.scrub;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.store.Bench;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadPartCopy;
import io.millrace.store.verify.Hit;
import io.millrace.store.verify.StoreVerify;
import io.millrace.work.Leases;
import io.millrace.work.Tenure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What lacks the rows of its bytes is told as damaged blocks are, and nothing that is whole is. */
class GapsTest {
    private static final int LARGE = 40_000;

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Leases leases;
    private Tenure tenure;
    private GapNotes notes;

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
        leases =
                Leases.open(
                        bench.keySpace,
                        "node",
                        Leases.Options.standard(),
                        Clocks.system().monotonic());
        tenure = leases.acquire("walk").orElseThrow();
        notes = new GapNotes(bench.core);
    }

    @AfterEach
    void close() {
        leases.close();
        bench.close();
    }

    private List<DamagedObject> objects() {
        return new Found(bench.core.space()).objects();
    }

    private List<String> found() {
        return objects().stream()
                .map(d -> d.bucket() + "/" + d.key() + (d.part() == 0 ? "" : "#" + d.part()))
                .sorted()
                .toList();
    }

    /** Answers how many places were told of. */
    private int walk() throws InterruptedException {
        int[] told = {0};
        assertTrue(walker(0).run(new byte[0], (position, damages) -> told[0] += damages));
        return told[0];
    }

    private RecordWalk walker(long bytesPerSecond) {
        Pace pace = new Pace(bench.clock.monotonic(), bytesPerSecond);
        return new RecordWalk(bench.core, notes, pace, tenure);
    }

    private Entry only(char family, char... kind) {
        List<Entry> rows = bench.rows(family, kind);
        assertEquals(1, rows.size());
        return rows.getFirst();
    }

    private List<Hit> verified() {
        return StoreVerify.run(
                        bench.keySpace, bench.extents, bench.clock.clocks(), List.of(), p -> {})
                .hits()
                .stream()
                .filter(hit -> !hit.bucket().equals("?")) // families of other modules
                .toList();
    }

    private static StoreException.Code code(Executable call) {
        return assertThrows(StoreException.class, call).code();
    }

    /** One of each kind, and what is shared. */
    private void all() {
        bench.put("empty", 0);
        bench.put("small", 100);
        bench.put("large", LARGE);
        bench.copy("large", "copy of large");
        bench.append("grown", 0, new byte[10]);
        bench.append("grown", 10, new byte[LARGE]);
        bench.copy("grown", "copy of grown");
        String done = bench.initiate("made");
        bench.complete(
                "made",
                done,
                List.of(
                        bench.part("made", done, 1, new byte[LARGE]),
                        bench.part("made", done, 2, new byte[10])));
        String open = bench.initiate("open");
        bench.part("open", open, 3, new byte[LARGE]);
        bench.part("open", open, 4, new byte[10]);
    }

    @Test
    void whatIsWholeLacksNothing() throws Exception {
        all();
        walk();
        assertEquals(List.of(), found());
        assertEquals(List.of(), bench.damages.list());
        assertEquals(List.of(), verified());
    }

    @Test
    void whateverLacksTheRowsOfItsContentIsNamed() throws Exception {
        all();
        bench.commit(Batch.builder().deleteRange(new byte[] {'X'}, new byte[] {'Y'}).build());
        walk();
        List<String> lost =
                List.of(
                        BUCKET + "/copy of grown",
                        BUCKET + "/grown",
                        BUCKET + "/made",
                        BUCKET + "/small");
        assertEquals(lost, found());
        assertEquals(lost, verified().stream().map(h -> BUCKET + "/" + h.key()).sorted().toList());
        assertTrue(bench.damages.count(Damage.Kind.ROW) > 0);
        Damage place = objects().getFirst().places().getFirst();
        assertTrue(bench.damages.list().contains(place), place.toString());
        assertTrue(place.toString().endsWith("at offset 0: its row is gone"), place.toString());
    }

    @Test
    void whateverHasAnExtentWithoutAnOwnerIsNamed() throws Exception {
        all();
        Entry ownerOfPart = bench.rows('V', 'o').getLast();
        ExtentRef first = bench.owned().getFirst();
        bench.rows('V', 'o').forEach(row -> bench.erase(row.key()));
        assertEquals(6, walk());
        List<String> named =
                List.of(
                        BUCKET + "/copy of grown",
                        BUCKET + "/copy of large",
                        BUCKET + "/grown",
                        BUCKET + "/large",
                        BUCKET + "/made",
                        BUCKET + "/open#3");
        assertEquals(named, found());
        assertEquals(6, verified().size(), "and they read");
        DamagedObject large =
                objects().stream().filter(d -> d.key().equals("large")).findFirst().orElseThrow();
        assertEquals(bench.now(), large.found().toEpochMilli());
        Damage place = large.places().getFirst();
        assertEquals(first.offset(), place.offset());
        assertTrue(place.file().endsWith(" in volume " + first.volume()), place.file());
        bench.write(ownerOfPart.key(), ownerOfPart.value());
        notes.review(false);
        assertEquals(named, found(), "not looked at again");
        notes.review(true);
        assertEquals(named.subList(0, 5), found());
    }

    @Test
    void aPartThatIsGoneOrAnotherIsMissedByItsObject() throws Exception {
        String done = bench.initiate("made");
        bench.complete(
                "made",
                done,
                List.of(
                        bench.part("made", done, 1, new byte[10]),
                        bench.part("made", done, 2, new byte[10])));
        Entry part = bench.rows('U', 'p').getLast();
        bench.erase(part.key());
        walk();
        assertEquals(List.of(BUCKET + "/made"), found());
        Damage place = objects().getFirst().places().getFirst();
        assertEquals(10, place.offset());
        assertTrue(place.file().startsWith("part 2 of content "), place.toString());
        bench.write(part.key(), Arrays.copyOf(part.value(), part.value().length - 1));
        notes.review(true);
        assertEquals(List.of(BUCKET + "/made"), found());
        bench.write(part.key(), part.value());
        notes.review(true);
        assertEquals(List.of(), found());
        assertEquals(List.of(), bench.damages.list());
    }

    @Test
    void aContentThatEndsEarlyOrHasAHoleOrDoesNotReadIsDamaged() throws Exception {
        for (String key : List.of("end", "hole", "unread")) {
            for (int i = 0; i < 3; i++) {
                bench.append(key, i * 10, new byte[10]);
            }
        }
        List<Entry> rows = bench.rows('X');
        bench.erase(rows.get(2).key());
        bench.erase(rows.get(4).key());
        bench.write(rows.get(6).key(), new byte[] {2, 9});
        walk();
        assertEquals(List.of(BUCKET + "/end", BUCKET + "/hole", BUCKET + "/unread"), found());
        assertEquals(
                List.of(20L, 10L, 0L),
                objects().stream().map(d -> d.places().getFirst().offset()).toList());
        Damage unread = objects().getLast().places().getFirst();
        assertTrue(unread.file().startsWith("rows of object "), unread.file());
        assertFalse(unread.text().isEmpty() || unread.text().equals("null"), unread.text());
    }

    @Test
    void anEngineThatFailsIsNoGap() {
        bench.put("small", 100);
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'X') {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        assertEquals(StoreException.Code.UNAVAILABLE, code(this::walk));
        bench.scans = scan -> {};
        assertEquals(List.of(), found());
    }

    @Test
    void aContentOfManyRowsIsReadByPagesAndNoFurtherThanItsRecordSays() {
        for (int i = 0; i < 230; i++) {
            bench.append("grown", i * 10, new byte[10]);
            if (i == 0) {
                bench.append("other", 0, new byte[10]);
            }
        }
        Entry record = bench.rows('M').getFirst();
        Gaps gaps = new Gaps(bench.core.space());
        List<Long> pages = new ArrayList<>();
        assertEquals(Optional.empty(), gaps.ofObject(record.key(), pages::add));
        long one = bench.rows('X').getFirst().value().length;
        assertEquals(3, pages.size());
        assertEquals(230 * one, pages.stream().mapToLong(bytes -> bytes).sum());
        bench.append("grown", 2_300, new byte[10]);
        bench.write(record.key(), record.value());
        assertEquals(Optional.empty(), gaps.ofObject(record.key(), Gaps.Pages.ALL), "grown since");
        Entry hole =
                bench.rows('X').stream()
                        .filter(r -> StoreKeys.contentOffset(r.key()) == 2_200)
                        .findFirst()
                        .orElseThrow();
        bench.erase(hole.key());
        Gaps.Gap gap = gaps.ofObject(record.key(), Gaps.Pages.ALL).orElseThrow();
        assertEquals(2_200, gap.place().offset());
        assertEquals(Optional.empty(), gaps.ofObject(record.key(), bytes -> false), "ended before");
    }

    @Test
    void whatIsAnotherAtEachLookIsNotTaken() {
        bench.put("busy", 100);
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        byte[] record = only('M').key();
        int[] looks = {0};
        boolean[] inside = {false};
        bench.gets =
                key -> {
                    if (Arrays.equals(key, record) && !inside[0]) {
                        inside[0] = true;
                        looks[0]++;
                        bench.put("busy", 100);
                        bench.rows('X').forEach(row -> bench.erase(row.key()));
                        inside[0] = false;
                    }
                };
        assertEquals(Optional.empty(), new Gaps(bench.core.space()).ofObject(record, b -> true));
        assertEquals(5, looks[0]);
    }

    @Test
    void aNoteWhoseAnswerIsLostCountsIfItWasMade() {
        bench.put("made", 100);
        bench.put("not made", 100);
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        List<Entry> records = bench.rows('M');
        bench.atCommitOf(
                StoreKeys.gaps(),
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("lost");
                });
        assertEquals(1, notes.object(records.getFirst().key(), Gaps.Pages.ALL));
        assertEquals(1, bench.damages.list().size());
        bench.atCommitOf(StoreKeys.gaps(), batch -> new CommitOutcome.Unknown("lost"));
        assertThrows(
                StoreException.class,
                () -> notes.object(records.getLast().key(), Gaps.Pages.ALL),
                "nobody knows");
        assertEquals(1, bench.damages.list().size());
        assertEquals(List.of(BUCKET + "/made"), found());
    }

    @Test
    void anyNumberOfRecordsAndPartsIsGoneThrough() throws Exception {
        for (int i = 0; i < 210; i++) {
            bench.put("o%03d".formatted(i), i == 205 ? 100 : 0);
        }
        String open = bench.initiate("open");
        for (int number = 1; number <= 120; number++) {
            bench.part("open", open, number, new byte[number == 115 ? LARGE : 10]);
        }
        bench.erase(only('V', 'o').key());
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        List<String> told = new ArrayList<>();
        assertTrue(
                walker(0)
                        .run(
                                new byte[0],
                                (position, damages) ->
                                        told.add((char) position[0] + " " + damages)));
        assertEquals(List.of("M 0", "M 0", "M 1", "U 1"), told);
        assertEquals(List.of(BUCKET + "/o205", BUCKET + "/open#115"), found());
    }

    @Test
    void aWalkThatIsInterruptedSaysSo() {
        bench.put("small", 100);
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> walker(1).run(new byte[0], (position, damages) -> {}));
        assertFalse(Thread.interrupted());
    }

    @Test
    void anObjectThatWasLookedAtInPartIsLookedAtAgain() throws Exception {
        bench.put("a", 0);
        for (int i = 0; i < 110; i++) {
            bench.append("b", i * 10, new byte[10]);
        }
        List<byte[]> positions = new ArrayList<>();
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'X') {
                        tenure.askToEnd();
                    }
                };
        assertFalse(walker(0).run(new byte[0], (position, damages) -> positions.add(position)));
        assertEquals(1, positions.size());
        assertArrayEquals(bench.rows('M').getFirst().key(), positions.getFirst());
    }

    @Test
    void whatAReadOrACopyMeetsIsNotedAndKnownAfterARestart() {
        String open = bench.initiate("open");
        bench.put("small", 100);
        bench.append("grown", 0, new byte[10]);
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        assertEquals(StoreException.Code.CORRUPT, code(() -> bench.copy("small", "copy")));
        assertEquals(1, notes.collect());
        assertEquals(List.of(BUCKET + "/small"), found());
        for (int i = 0; i < 2; i++) {
            assertEquals(StoreException.Code.CORRUPT, code(() -> bench.get("small")));
            assertEquals(StoreException.Code.CORRUPT, code(() -> bench.get("grown")));
            assertEquals(1 - i, notes.collect(), "once each");
        }
        UploadPartCopy part =
                new UploadPartCopy(
                        BUCKET, "open", open, 1, BUCKET, "small", 0, -1, ReadConditions.NONE);
        assertEquals(StoreException.Code.CORRUPT, code(() -> bench.uploads.uploadPartCopy(part)));
        assertEquals(List.of(BUCKET + "/grown", BUCKET + "/small"), found());
        assertEquals(2, bench.damages.count(Damage.Kind.ROW));
        bench.damages.list().forEach(bench.damages::forget);
        new GapNotes(bench.core).review(true);
        assertEquals(2, bench.damages.list().size(), "told again by the next process");
    }

    @Test
    void whatIsDeletedOrOverwrittenIsToldOfNoMore() throws Exception {
        bench.put("deleted", 100);
        bench.put("overwritten", 100);
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        walk();
        assertEquals(2, found().size());
        bench.delete("deleted");
        bench.put("overwritten", 100);
        assertEquals(List.of(), found(), "at once");
        notes.review(false);
        assertEquals(List.of(), bench.rows(StoreKeys.gaps()));
        assertEquals(List.of(), bench.damages.list());
    }

    @Test
    void whatChangesUnderTheLookIsNotTaken() throws Exception {
        for (String key : List.of("overwritten", "deleted")) {
            bench.put(key, 100);
        }
        byte[] content = bench.rows('X').getFirst().key();
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'X') {
                        bench.scans = s -> {};
                        bench.delete("deleted");
                        bench.put("overwritten", 50);
                    }
                };
        walk();
        assertEquals(List.of(), found());
        assertFalse(bench.rows('X').stream().anyMatch(r -> Arrays.equals(r.key(), content)));
    }

    @Test
    void anExtentThatIsMovedUnderTheLookIsNotTaken() throws Exception {
        bench.append("grown", 0, new byte[LARGE]);
        Entry owner = only('V', 'o');
        Entry row = only('X');
        // As a compaction does: the content names another place, which has the owner now.
        bench.append("other", 0, new byte[LARGE]);
        Entry other = bench.rows('X').getLast();
        byte[] otherOwner = bench.rows('V', 'o').getLast().key();
        byte[] moved = StoreKeys.owner(bench.owned().getLast(), StoreKeys.ownerId(owner.key()));
        assertFalse(Arrays.equals(otherOwner, moved));
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'X') {
                        bench.scans = s -> {};
                        bench.erase(owner.key());
                        bench.write(moved, owner.value());
                        bench.gets =
                                key -> {
                                    if (key[0] == 'M') {
                                        bench.gets = k -> {};
                                        bench.write(row.key(), other.value());
                                    }
                                };
                    }
                };
        walk();
        assertEquals(List.of(), found());
    }

    @Test
    void anUploadThatEndsUnderTheLookIsNotTaken() {
        String open = bench.initiate("open");
        bench.part("open", open, 1, new byte[LARGE]);
        bench.erase(only('V', 'o').key());
        byte[] upload = only('U', 'u').key();
        assertEquals(1, new Gaps(bench.core.space()).ofPart(upload, 1, b -> true).stream().count());
        bench.erase(upload);
        assertEquals(Optional.empty(), new Gaps(bench.core.space()).ofPart(upload, 1, b -> true));
    }

    @Test
    void aWalkGoesOnWhereItStoodAndStopsWhenItIsAskedTo() throws Exception {
        for (int i = 0; i < 3; i++) {
            bench.put("o" + i, 100);
        }
        bench.initiate("open");
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        List<byte[]> positions = new ArrayList<>();
        byte[] second = bench.rows('M').get(1).key();
        RecordWalk walk = walker(0);
        assertTrue(walk.run(second, (position, damages) -> positions.add(position)));
        assertEquals(List.of(BUCKET + "/o2"), found());
        assertEquals(2, positions.size());
        assertArrayEquals(bench.rows('M').getLast().key(), positions.getFirst());
        assertTrue(walk.run(positions.getLast(), (position, damages) -> positions.add(position)));
        assertEquals(2, positions.size(), "nothing behind the end");
        tenure.askToEnd();
        assertFalse(walk.run(new byte[0], (position, damages) -> {}));
    }

    @Test
    void aPassNamesWhatLacksItsRowsAndCountsIt() throws Exception {
        bench.put("small", 100);
        bench.erase(only('X').key());
        try (Scrub scrub =
                new Scrub(
                        bench.core,
                        Optional.empty(),
                        leases,
                        bench.clock.monotonic(),
                        ScrubOptions.off())) {
            assertEquals(1, scrub.pass().found());
            assertEquals(List.of(BUCKET + "/small"), found());
            bench.clock.advance(Duration.ofDays(1));
            assertEquals(0, scrub.pass().found(), "noted once");
            assertEquals(1, objects().size());
        }
        Entry row = only('V', 'm');
        ScrubRows.check(row);
        bench.write(row.key(), Arrays.copyOf(row.value(), 3));
        assertEquals(List.of(), found(), "a row that doesn't read hides no other");
        notes.review(true);
        assertThrows(StoreException.class, () -> ScrubRows.check(only('V', 'm')));
    }
}
