package io.millrace.store.scrub;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.DamagedBlock;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.KeySpaceFiles;
import io.millrace.kit.Damage;
import io.millrace.store.Bench;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.uploads.UploadPartCopy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage is kept with the names of all who need it, until nobody does or it is mended. */
class NotesTest {
    private static final Damage PLACE =
            new Damage(Damage.Kind.VOLUME, "disk/7.volume", 5_000_000_000L, "another checksum");

    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Notes notes;

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
        notes = new Notes(bench.core);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> found() {
        return new Found(bench.core.space())
                .objects().stream()
                        .map(
                                d ->
                                        d.bucket()
                                                + "/"
                                                + d.key()
                                                + (d.part() == 0 ? "" : "#" + d.part()))
                        .toList();
    }

    private ExtentRef put(String key) {
        bench.put(key, 100_000);
        return bench.owned().getLast();
    }

    /** Reads an extent's blocks, so that the extents tell of those that are damaged. */
    private void read(ExtentRef ref) {
        for (long at = 0; at < ref.length(); at += Extents.BLOCK_BYTES) {
            try {
                bench.extents.read(ref, at, new byte[Extents.BLOCK_BYTES], 0, Extents.BLOCK_BYTES);
            } catch (ExtentsException e) {
                assertEquals(ExtentsException.Code.CORRUPT, e.code());
            }
        }
    }

    private ExtentRef damaged(String key) {
        ExtentRef ref = put(key);
        bench.flip(ref);
        read(ref);
        return ref;
    }

    private static DamagedBlock block(ExtentRef ref, long number) {
        return new DamagedBlock(ref, number, PLACE);
    }

    @Test
    void whatADownloadMetIsNotedOnceWithItsPlaceAndTime() {
        ExtentRef ref = damaged("hit");
        DamagedBlock met = bench.extents.damaged().getFirst();
        assertEquals(1, notes.collect());
        assertEquals(0, notes.collect());
        assertEquals(0, new Notes(bench.core).collect(), "it is noted already");
        DamagedObject object = new Found(bench.core.space()).objects().getFirst();
        assertEquals(
                new DamagedObject(
                        BUCKET, "hit", 0, Instant.ofEpochMilli(bench.now()), List.of(met.place())),
                object);
        assertEquals(0, met.block());
        Entry row = bench.rows(StoreKeys.damages()).getFirst();
        assertArrayEquals(StoreKeys.damage(bench.store(), ref, 0), row.key());
        assertEquals(met, DamageRow.decode(row).block());
    }

    @Test
    void whatIsNotedAlreadyIsNotLookedUpAtEachTurn() {
        damaged("hit");
        assertEquals(1, notes.collect());
        AtomicInteger looks = new AtomicInteger();
        bench.scans = scan -> looks.incrementAndGet();
        bench.gets = key -> looks.incrementAndGet();
        assertEquals(0, notes.collect());
        assertEquals(0, looks.get());
        damaged("another");
        looks.set(0);
        assertEquals(1, notes.collect());
        assertTrue(looks.get() > 0);
        assertEquals(List.of("photos/another", "photos/hit"), found().stream().sorted().toList());
    }

    @Test
    void peopleAreToldOfAnObjectByItsBucketAndKeyAndOfAPartByItsNumber() {
        bench.put("a/b", 100_000);
        String id = bench.initiate("up");
        bench.part("up", id, 3, Bench.bytes("part", 100_000));
        List<ExtentRef> refs = bench.owned();
        List<String> told =
                Names.of(bench.core.space(), refs).values().stream()
                        .flatMap(List::stream)
                        .map(name -> name.told(bench.core.space()))
                        .sorted()
                        .toList();
        assertEquals(List.of("photos/a/b", "photos/up (part 3 of an open upload)"), told);
    }

    @Test
    void whatNobodyNeedsIsForgottenAndNotNoted() {
        damaged("hit");
        bench.put("hit", 100);
        assertEquals(0, notes.collect());
        assertEquals(List.of(), bench.rows(StoreKeys.damages()));
        assertEquals(List.of(), bench.extents.damaged());
    }

    @Test
    void whatHasNoOwnerAnyMoreIsForgottenBesideWhatHasOne() {
        ExtentRef gone = damaged("gone");
        bench.rows(StoreKeys.owners(gone)).forEach(owner -> bench.erase(owner.key()));
        damaged("hit");
        assertEquals(2, bench.extents.damaged().size());
        assertEquals(1, notes.collect());
        assertEquals(List.of(BUCKET + "/hit"), found());
        assertEquals(1, bench.extents.damaged().size());
    }

    @Test
    void whatWasNotedInDoubtCountsAndWhatSomebodyElseNotedDoesNot() {
        ExtentRef ref = put("hit");
        bench.atCommitOf(
                StoreKeys.damages(),
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        assertEquals(1, notes.note(List.of(block(ref, 0))));
        assertTrue(bench.happened());
        bench.atCommitOf(
                StoreKeys.damages(), batch -> new CommitOutcome.Unknown("the connection broke"));
        StoreException open =
                assertThrows(StoreException.class, () -> notes.note(List.of(block(ref, 1))));
        assertEquals(StoreException.Code.COMMIT_UNKNOWN, open.code());
        DamageRow other = new DamageRow(5, block(ref, 1), List.of());
        byte[] key = other.key(bench.store());
        bench.before(key, () -> bench.write(key, other.encode()));
        assertEquals(0, notes.note(List.of(block(ref, 1))));
        assertArrayEquals(other.encode(), bench.keySpace.get(key));
    }

    @Test
    void aBlockBehindTheExtentsEndDoesNotReadAgain() {
        ExtentRef ref = put("hit");
        assertEquals(1, notes.note(List.of(block(ref, 2))));
        notes.review(true);
        assertEquals(List.of(BUCKET + "/hit"), found());
    }

    @Test
    void anExtentThatObjectsAndUploadsShareIsToldOfEachOnce() {
        ExtentRef ref = put("a");
        bench.copy("a", "copy");
        for (String key : List.of("one", "two")) {
            String open = bench.initiate(key);
            bench.uploads.uploadPartCopy(
                    new UploadPartCopy(
                            BUCKET, key, open, 7, BUCKET, "a", 0, -1, ReadConditions.NONE));
        }
        assertEquals(4, bench.rows(StoreKeys.owners(ref)).size());
        assertEquals(1, notes.note(List.of(block(ref, 0))));
        assertEquals(
                List.of("photos/a", "photos/copy", "photos/one#7", "photos/two#7"),
                found().stream().sorted().toList());
    }

    @Test
    void anEngineThatFailsIsNoRowThatDoesNotRead() {
        String open = bench.initiate("open");
        bench.part("open", open, 1, new byte[100_000]);
        ExtentRef ref = bench.owned().getLast();
        int[] scans = {0};
        bench.scans =
                scan -> {
                    if (Arrays.equals(scan.from(), StoreKeys.owners(ref)) && ++scans[0] == 2) {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        StoreException failed =
                assertThrows(StoreException.class, () -> notes.note(List.of(block(ref, 0))));
        assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
        assertEquals(2, scans[0]);
    }

    @Test
    void severalBlocksOfAnObjectAreOneObjectWithSeveralPlaces() {
        ExtentRef ref = put("hit");
        assertEquals(2, notes.note(List.of(block(ref, 0), block(ref, 1), block(ref, 1))));
        DamagedObject object = new Found(bench.core.space()).objects().getFirst();
        assertEquals(List.of(PLACE, PLACE), object.places());
        assertEquals(List.of(BUCKET + "/hit"), found());
    }

    @Test
    void aRowGoesWhenItsExtentHasNoOwnerOrItsBlockReadsAgain() {
        ExtentRef ref = damaged("hit");
        notes.collect();
        notes.review(true);
        assertEquals(List.of(BUCKET + "/hit"), found(), "it is damaged still");
        bench.flip(ref);
        notes.review(false);
        assertEquals(List.of(BUCKET + "/hit"), found(), "nothing was read");
        notes.review(true);
        assertEquals(List.of(), found());
        assertEquals(List.of(), bench.rows(StoreKeys.damages()));
        assertEquals(List.of(), bench.extents.damaged());
        bench.flip(ref);
        read(ref);
        assertEquals(1, notes.collect(), "and when it is damaged anew it is noted anew");
        bench.erase(bench.rows(StoreKeys.owners(ref)).getFirst().key());
        notes.review(false);
        assertEquals(List.of(), bench.rows(StoreKeys.damages()));
        assertEquals(List.of(), bench.extents.damaged());
    }

    @Test
    void whatWasOverwrittenIsToldOfNoMoreWhileItsBytesWaitForTheirGrace() {
        damaged("hit");
        notes.collect();
        bench.put("hit", 100);
        notes.review(true);
        assertEquals(List.of(), found());
        assertEquals(List.of(), bench.extents.damaged());
        assertEquals(1, bench.rows(StoreKeys.damages()).size(), "a reader may still meet it");
    }

    @Test
    void aBlockThatLiesBehindAnotherIsReadInItsPlace() {
        ExtentRef ref = put("hit");
        notes.note(List.of(block(ref, 1)));
        bench.flip(ref);
        notes.review(true);
        assertEquals(List.of(), found(), "the first block is damaged, this one reads");
    }

    @Test
    void aRowThatChangedMeanwhileIsNotDropped() {
        ExtentRef ref = put("hit");
        notes.note(List.of(block(ref, 1)));
        byte[] key = StoreKeys.damage(bench.store(), ref, 1);
        byte[] other = new DamageRow(5, block(ref, 1), List.of()).encode();
        bench.before(key, () -> bench.write(key, other));
        notes.review(true);
        assertArrayEquals(other, bench.keySpace.get(key));
    }

    @Test
    void aNoteWhoseAnswerGotLostIsOne() {
        ExtentRef ref = put("hit");
        bench.atCommitOf(
                StoreKeys.damages(),
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        assertEquals(1, notes.note(List.of(block(ref, 0))));
        assertEquals(List.of(BUCKET + "/hit"), found());
    }

    @Test
    void damageWhoseOwnersRowDoesNotReadStaysKnown() {
        ExtentRef ref = damaged("hit");
        byte[] owner = bench.rows(StoreKeys.owners(ref)).getFirst().key();
        bench.commit(Batch.builder().put(owner, new byte[] {1}).build());
        assertEquals(0, notes.collect());
        assertEquals(1, bench.extents.damaged().size());
    }

    @Test
    void anOwnersRowThatDoesNotReadHidesNoPartOfAnUpload() {
        String open = bench.initiate("open");
        bench.part("open", open, 70, Bench.bytes("open", 60_000));
        ExtentRef parts = bench.owned().getLast();
        bench.commit(Batch.builder().put(StoreKeys.owner(parts, 0), new byte[] {1}).build());
        notes.note(List.of(block(parts, 0)));
        assertEquals(List.of(BUCKET + "/open#70"), found());
    }

    @Test
    void everyKindOfOwnerIsNamedByWhatPeopleCallIt() {
        ExtentRef direct = put("direct");
        bench.copy("direct", "copy");
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ExtentRef grown = bench.owned().getLast();
        bench.copy("grown", "grown too");
        String done = bench.initiate("made");
        var part = bench.part("made", done, 1, Bench.bytes("made", 60_000));
        ExtentRef made = bench.owned().getLast();
        bench.complete("made", done, List.of(part));
        String open = bench.initiate("open");
        bench.part("open", open, 70, Bench.bytes("open", 60_000));
        ExtentRef parts = bench.owned().getLast();
        bench.part("open", open, 71, Bench.bytes("else", 60_000));
        bench.put("whole", 100_000);
        bench.append("whole too", 0, Bench.bytes("whole", 50_000));
        assertEquals(
                4,
                notes.note(
                        List.of(
                                block(direct, 0),
                                block(grown, 0),
                                block(made, 0),
                                block(parts, 0))));
        assertEquals(
                List.of("copy", "direct", "grown", "grown too", "made", "open#70"),
                found().stream().map(n -> n.substring(BUCKET.length() + 1)).sorted().toList());
    }

    @Test
    void aPartThatWasUploadedAgainIsAnother() {
        String open = bench.initiate("open");
        bench.part("open", open, 70, Bench.bytes("open", 60_000));
        ExtentRef first = bench.owned().getLast();
        notes.note(List.of(block(first, 0)));
        assertEquals(List.of(BUCKET + "/open#70"), found());
        bench.part("open", open, 70, Bench.bytes("again", 60_000));
        assertEquals(List.of(), found());
        assertTrue(bench.uploads.abort(BUCKET, "open", open));
        assertEquals(List.of(), found());
    }

    @Test
    void ofManyWhoNeedAnExtentTheFirstHundredAreNamed() {
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ExtentRef grown = bench.owned().getLast();
        for (int i = 0; i < 120; i++) {
            bench.copy("grown", "copy" + i);
        }
        notes.note(List.of(block(grown, 0)));
        assertEquals(100, found().size());
    }

    @Test
    void whoeverNeedsAnExtentIsFoundHoweverManyObjectsThereAre() {
        bench.append("z", 0, Bench.bytes("grown", 50_000));
        ExtentRef grown = bench.owned().getLast();
        Entry object = bench.rows('M').getFirst();
        bench.put("other", 100);
        Entry other = bench.rows('M').getFirst();
        Batch.Builder many = Batch.builder();
        for (int i = 0; i < 1_500; i++) {
            long bucket = ByteBuffer.wrap(object.key()).getLong(1);
            many.put(
                    StoreKeys.object(bucket, ("m" + i).getBytes(StandardCharsets.UTF_8)),
                    other.value());
        }
        many.put(StoreKeys.object(1, "broken".getBytes(StandardCharsets.UTF_8)), new byte[] {1});
        assertTrue(bench.commit(many.build()).committed());
        notes.note(List.of(block(grown, 0)));
        assertEquals(List.of(BUCKET + "/z"), found());
    }

    @Test
    void anEngineThatFailsIsNotTakenForARowThatDoesNotRead() {
        ExtentRef ref = put("hit");
        bench.append("grown", 0, Bench.bytes("grown", 50_000));
        ExtentRef grown = bench.owned().getLast();
        notes.note(List.of(block(ref, 0)));
        bench.gets =
                key -> {
                    throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                };
        StoreException failed = assertThrows(StoreException.class, this::found);
        assertEquals(StoreException.Code.UNAVAILABLE, failed.code());
        bench.gets = key -> {};
        bench.scans =
                scan -> {
                    if (scan.from()[0] == 'M') {
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        assertThrows(StoreException.class, () -> notes.note(List.of(block(grown, 0))));
    }

    @Test
    void aRowIsReadAsItWasWrittenAndNoOther() {
        Name object = new Name(new byte[] {'M', 1}, 0, 300);
        Name part = new Name(new byte[] {'U', 2}, 10_000, 1L << 40);
        for (ExtentRef ref :
                List.of(
                        new ExtentRef(bench.store(), 3, 8, 4096, 70_000),
                        ExtentRef.unnamed(7, 4096, 70_000))) {
            DamageRow row = new DamageRow(1_000, block(ref, 5), List.of(object, part));
            Entry entry = new Entry(row.key(bench.store()), row.encode());
            DamageRow read = DamageRow.decode(entry);
            assertEquals(row.block(), read.block());
            assertEquals(1_000, read.foundMillis());
            assertEquals(List.of(0, 10_000), read.names().stream().map(Name::part).toList());
            assertEquals(List.of(300L, 1L << 40), read.names().stream().map(Name::id).toList());
            assertArrayEquals(part.rowKey(), read.names().getLast().rowKey());
            byte[] cut = Arrays.copyOf(entry.value(), 5);
            assertEquals(Optional.empty(), DamageRow.read(new Entry(entry.key(), cut)));
            byte[] newer = entry.value().clone();
            newer[0] = 2;
            StoreException refused =
                    assertThrows(
                            StoreException.class,
                            () -> DamageRow.read(new Entry(entry.key(), newer)));
            assertEquals(StoreException.Code.STORAGE_FAILED, refused.code());
        }
    }

    @Test
    void aDamagedFileIsNotedUntilItIsWholeOrNotUsedAnyMore() {
        FileNotes files = new FileNotes(bench.core);
        KeySpaceFiles.Named table = new KeySpaceFiles.Named("1.sst", 100);
        KeySpaceFiles.Named blob = new KeySpaceFiles.Named("2.blob", 100);
        Damage second = new Damage(Damage.Kind.TABLE, "keys/1.sst", 6, "another");
        assertEquals(2, files.note(table, List.of(PLACE, second)));
        assertEquals(0, files.note(table, List.of(PLACE)), "known");
        assertEquals(1, files.note(blob, List.of(second)));
        Found found = new Found(bench.core.space());
        assertEquals(List.of(PLACE, second), found.files());
        files.review(List.of(table, blob));
        assertEquals(2, found.files().size());
        files.review(List.of(blob));
        assertEquals(List.of(second), found.files());
        assertEquals(0, files.note(blob, List.of()));
        assertEquals(List.of(), found.files());
        assertEquals(0, files.note(blob, List.of()));
        bench.atCommitOf(
                StoreKeys.damagedFiles(),
                batch -> {
                    bench.commit(batch);
                    return new CommitOutcome.Unknown("the connection broke");
                });
        assertEquals(1, files.note(blob, List.of(second)));
        byte[] key = StoreKeys.damagedFile("2.blob");
        byte[] other = {1, 2, 3};
        bench.before(key, () -> bench.write(key, other));
        assertEquals(0, files.note(blob, List.of()));
        assertArrayEquals(other, bench.keySpace.get(key), "somebody else noted it meanwhile");
        bench.before(key, () -> bench.write(key, new byte[] {4}));
        files.review(List.of());
        assertArrayEquals(new byte[] {4}, bench.keySpace.get(key));
    }

    @Test
    void aFilesRowThatDoesNotReadHidesNoOther() {
        FileNotes files = new FileNotes(bench.core);
        files.note(new KeySpaceFiles.Named("2.blob", 100), List.of(PLACE));
        bench.write(StoreKeys.damagedFile("1.sst"), new byte[] {1});
        assertEquals(List.of(PLACE), new Found(bench.core.space()).files());
    }

    @Test
    void aKindOfFileThatNobodyKnowsIsCorrupt() {
        Out out = new Out(10).u8(1).varint(5).text("WHAT").text("file").varint(1).text("text");
        StoreException told =
                assertThrows(StoreException.class, () -> FileNotes.decode(out.done()));
        assertEquals(StoreException.Code.CORRUPT, told.code());
    }

    @Test
    void rowsOfAllPagesAreSeen() {
        ExtentRef ref = put("hit");
        for (int i = 0; i < 3; i++) {
            Batch.Builder many = Batch.builder();
            for (int j = 0; j < 400; j++) {
                DamageRow row = new DamageRow(5, block(ref, i * 400 + j + 2), List.of());
                many.put(row.key(bench.store()), row.encode());
            }
            assertTrue(bench.commit(many.build()).committed());
        }
        bench.write(
                StoreKeys.damage(new StoreId(1, 2), ref, 1),
                new DamageRow(5, block(ref, 1), List.of()).encode());
        bench.erase(bench.rows(StoreKeys.owners(ref)).getFirst().key());
        notes.review(false);
        assertEquals(1, bench.rows(StoreKeys.damages()).size(), "another node's own");
        assertFalse(bench.rows(StoreKeys.damages(new StoreId(1, 2))).isEmpty());
    }
}
