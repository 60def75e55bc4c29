package io.millrace.store.scrub;

import static io.millrace.store.Bench.BUCKET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.Keys;
import io.millrace.kit.Damage;
import io.millrace.store.Bench;
import io.millrace.store.content.OwnerRow;
import io.millrace.store.objects.Core;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reads met is noted at each turn; what is over goes at the first turn and each minute. */
class ReviewsTest {
    @TempDir static Path directory;
    private static Bench.Ground ground;
    private Bench bench;
    private Reviews reviews;

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
        reviews = new Reviews(bench.core, bench.clock.monotonic());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> found() {
        return new Found(bench.core.space())
                .objects().stream().map(DamagedObject::key).sorted().toList();
    }

    private int rows() {
        return bench.rows(StoreKeys.damages()).size() + bench.rows(StoreKeys.gaps()).size();
    }

    /** Puts an object and lets a download meet a flipped bit in it. */
    private ExtentRef damaged(String key) {
        bench.put(key, 20_000);
        ExtentRef ref = bench.owned().getLast();
        bench.flip(ref);
        ExtentsException met =
                assertThrows(
                        ExtentsException.class,
                        () -> bench.extents.read(ref, 0, new byte[20_000], 0, 20_000));
        assertEquals(ExtentsException.Code.CORRUPT, met.code());
        return ref;
    }

    /** Puts an object whose content's row is lost, and lets a download meet that. */
    private Batch gap(String key) {
        bench.put(key, 100);
        Batch.Builder back = Batch.builder();
        bench.rows('X').forEach(row -> back.put(row.key(), row.value()));
        bench.rows('X').forEach(row -> bench.erase(row.key()));
        assertThrows(StoreException.class, () -> bench.get(key));
        return back.build();
    }

    @Test
    void whatReadsMeetIsNotedAtEachTurn() {
        reviews.next();
        assertEquals(0, rows());
        damaged("hit");
        reviews.next();
        assertEquals(List.of("hit"), found());
        gap("gap");
        reviews.next();
        assertEquals(List.of("gap", "hit"), found());
        assertEquals(2, rows());
    }

    @Test
    void theFirstTurnLetsGoWhatReadsAgain() {
        ExtentRef ref = damaged("hit");
        Batch back = gap("gap");
        reviews.next();
        assertEquals(2, rows());
        bench.flip(ref);
        bench.commit(back);
        reviews.next();
        assertEquals(2, rows(), "only the first turn looks again");
        new Reviews(bench.core, bench.clock.monotonic()).next();
        assertEquals(0, rows());
        assertEquals(List.of(), bench.damages.list());
    }

    @Test
    void aFirstTurnThatFailedIsDoneAgain() {
        ExtentRef ref = damaged("hit");
        reviews.next();
        bench.flip(ref);
        bench.extents.seal(ref.volume());
        ExtentRef lost = bench.sealed("lost", 20_000);
        bench.extents.delete(lost.volume());
        Reviews again = new Reviews(bench.core, bench.clock.monotonic());
        boolean[] failed = {false};
        bench.scans =
                scan -> {
                    if (!failed[0]) {
                        failed[0] = true;
                        throw new KeySpaceException(KeySpaceException.Code.UNAVAILABLE, "gone");
                    }
                };
        assertThrows(StoreException.class, again::next);
        again.next();
        assertEquals(List.of("lost"), found());
    }

    @Test
    void onDemandAllIsLookedAtAgain() {
        ExtentRef ref = damaged("hit");
        Batch back = gap("gap");
        reviews.next();
        bench.flip(ref);
        reviews.again();
        assertEquals(List.of("gap"), found());
        bench.commit(back);
        reviews.again();
        assertEquals(0, rows());
    }

    @Test
    void whatNobodyNeedsGoesEachMinute() {
        bench.clock.advance(Duration.ofHours(1));
        damaged("first");
        damaged("second");
        ExtentRef whole = damaged("third");
        gap("gap");
        reviews.next();
        assertEquals(4, rows());
        bench.flip(whole);
        bench.delete("gap");
        disown(bench.owned().getFirst());
        bench.clock.advance(Duration.ofMillis(59_999));
        reviews.next();
        assertEquals(4, rows());
        bench.clock.advance(Duration.ofMillis(1));
        reviews.next();
        assertEquals(2, rows(), "nothing is read again");
        disown(bench.owned().getFirst());
        bench.clock.advance(Duration.ofMillis(59_999));
        reviews.next();
        assertEquals(2, rows());
        bench.clock.advance(Duration.ofMillis(1));
        reviews.next();
        assertEquals(List.of("third"), found());
        assertEquals(1, rows());
    }

    private void disown(ExtentRef ref) {
        bench.rows(StoreKeys.owners(ref)).forEach(owner -> bench.erase(owner.key()));
    }

    @Test
    void inAStoreOfVersion01ALostVolumeIsNoticedToo() {
        ExtentRef lost = bench.sealed("lost", 20_000);
        ExtentRef since = bench.sealed("since", 20_000);
        Entry owner = bench.rows('V', 'o').getFirst();
        byte[] prefix = StoreKeys.owners(StoreId.UNNAMED);
        ExtentRef old = ExtentRef.unnamed(lost.volume(), lost.offset(), lost.length());
        OwnerRow row = OwnerRow.decode(owner.value());
        bench.write(StoreKeys.owner(old, 7), row.encode(old));
        bench.erase(owner.key());
        bench.extents.delete(lost.volume());
        bench.extents.delete(since.volume());
        int[] looked = {0};
        bench.scans = scan -> looked[0] += Keys.startsWith(scan.from(), prefix) ? 1 : 0;
        reviews.next();
        assertEquals(0, looked[0]);
        assertEquals(1, new LostVolumes(bench.core.space(), bench.extents).list().size());
        bench.rows(StoreKeys.damages()).forEach(noted -> bench.erase(noted.key()));
        Core unnamed = bench.unnamed();
        new Reviews(unnamed, bench.clock.monotonic()).next();
        assertTrue(looked[0] > 0);
        assertEquals(List.of("since"), found());
        assertEquals(2, new LostVolumes(bench.core.space(), unnamed.extents()).list().size());
    }

    @Test
    void aLostVolumeIsNoticedAtTheFirstTurn() {
        ExtentRef lost = bench.sealed("lost", Extents.BLOCK_BYTES);
        ExtentRef later = bench.sealed("later", 20_000);
        bench.extents.delete(lost.volume());
        reviews.next();
        assertEquals(List.of("lost"), found());
        Damage place = new Found(bench.core.space()).objects().getFirst().places().getFirst();
        assertEquals(Damage.Kind.VOLUME, place.kind());
        assertEquals(BUCKET, new Found(bench.core.space()).objects().getFirst().bucket());
        bench.extents.delete(later.volume());
        reviews.next();
        assertEquals(List.of("lost"), found(), "a pass comes to it");
        new Reviews(bench.core, bench.clock.monotonic()).next();
        assertEquals(List.of("later", "lost"), found());
    }
}
