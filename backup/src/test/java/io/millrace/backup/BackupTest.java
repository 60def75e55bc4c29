package io.millrace.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.extents.StoreIdentity;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.testkit.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Backups there and back, and what may happen to them in between. */
class BackupTest {
    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();
    private Source source;
    private Path place;
    private Target target;
    private Path key;

    @BeforeEach
    void make() throws IOException {
        source = new Source(directory.resolve("source"));
        place = directory.resolve("target");
        target = new DirectoryTarget(place);
        key = Files.writeString(directory.resolve("key"), "correct horse battery staple\n");
    }

    private static BackupException refused(BackupException.Code code, Executable what) {
        BackupException e = assertThrows(BackupException.class, what);
        assertEquals(code, e.code(), e.getMessage());
        return e;
    }

    private Path restore(@Nullable Path keyFile, String id) {
        Path data = directory.resolve("data-" + random.nextInt(1 << 30));
        Repository repository = Repository.open(target, keyFile);
        Restore.run(repository, repository.manifest(id), data, Progress.NONE);
        return data;
    }

    private void assertRestores(@Nullable Path keyFile, String id, Map<String, byte[]> expected)
            throws IOException {
        Map<String, byte[]> found = Source.read(restore(keyFile, id));
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    @Test
    void everyByteComesBack() throws Exception {
        source.backup(target, null);
        assertRestores(null, "latest", source.expected());
    }

    /** The marker stands for a disk that takes no more writes. */
    @Test
    void whatAnInterruptedRestoreLeftStaysMarkedWhenTheNextOneCanNotBegin() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        source.backup(target, null);
        Repository repository = Repository.open(target, null);
        Path data = Files.createDirectory(directory.resolve("interrupted"));
        Files.createSymbolicLink(data.resolve("restoring"), full);
        assertThrows(
                BackupException.class,
                () -> Restore.run(repository, repository.manifest("latest"), data, Progress.NONE));
        assertTrue(Restore.isUnfinished(data));
    }

    /** Its original may run on: it would be refused as a copy. */
    @Test
    void theExtentsOfARestoredServerAreAStoreOfTheirOwn() throws Exception {
        source.backup(target, null);
        Path extents = restore(null, "latest").resolve("extents");
        assertTrue(Files.exists(extents.resolve(StoreIdentity.ADOPT)));
    }

    @Test
    void anEncryptedTargetShowsNothingAndComesBackWithItsKeyOnly() throws Exception {
        source.backup(target, key);
        String secret = new String(Source.bytes(52, 3), StandardCharsets.ISO_8859_1);
        for (String name : target.list("").keySet()) {
            byte[] bytes = target.get(name).orElseThrow();
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            assertFalse(text.contains(secret) || text.contains("keyspace/"), name);
        }
        assertRestores(key, "latest", source.expected());
        Path wrong = Files.writeString(directory.resolve("wrong"), "incorrect horse battery");
        refused(BackupException.Code.KEY, () -> restore(wrong, "latest"));
        refused(BackupException.Code.KEY, () -> restore(null, "latest"));
        refused(BackupException.Code.KEY, () -> source.backup(target, wrong));
        refused(BackupException.Code.KEY, () -> source.backup(target, null));
    }

    @Test
    void theMasterKeyGoesIntoEncryptedBackupsOnly() throws Exception {
        Backup.Plan plan = new Backup.Plan(source.masterKey(), false, false);
        refused(BackupException.Code.INVALID, () -> source.backup(target, null, plan));
        Target other = new DirectoryTarget(directory.resolve("other"));
        source.backup(other, key, plan);
        target = other;
        Path data = restore(key, "latest");
        assertArrayEquals(Source.bytes(60, 7), Files.readAllBytes(data.resolve("master.key")));
        assertEquals(
                "rw-------",
                java.nio.file.attribute.PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(data.resolve("master.key"))));
    }

    @Test
    void aSecondBackupWritesOnlyWhatIsNew() throws Exception {
        assertTrue(source.backup(target, key).writtenBytes() > 5_000_000);
        source.write("hold/keyspace/000009.sst", Source.bytes(2_000, 9));
        Backup.Done second = source.backup(target, key);
        assertEquals(1, second.newPieces());
        assertTrue(second.writtenBytes() < 2_100, second.writtenBytes() + " bytes");
        assertTrue(second.readBytes() < 100_000, "sealed volumes are not read again");
        assertRestores(key, "latest", source.expected());
    }

    @Test
    void aFlippedBitAnywhereIsNamedAndNothingIsRestored() throws Exception {
        for (Path keyFile : new Path[] {null, key}) {
            place = directory.resolve("target-" + (keyFile == null));
            target = new DirectoryTarget(place);
            source.backup(target, keyFile);
            Repository repository = Repository.open(target, keyFile);
            Manifest manifest = repository.manifest("latest");
            for (String name : target.list("pieces/").keySet()) {
                byte[] right = target.get(name).orElseThrow();
                byte[] wrong = right.clone();
                wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(place.resolve(name), wrong);
                String piece = name.substring(name.lastIndexOf('/') + 1);
                assertTrue(only(check(repository)).what().contains(piece));
                Path data = directory.resolve("never-" + piece + (keyFile == null));
                refused(
                        BackupException.Code.DAMAGED,
                        () -> Restore.run(repository, manifest, data, Progress.NONE));
                assertFalse(Files.exists(data), "of " + name + "; " + seed);
                Files.write(place.resolve(name), right);
            }
            assertRestores(keyFile, "latest", source.expected());
        }
    }

    private static Check.Report check(Repository repository) {
        return Check.run(repository, repository.backups(), Progress.NONE);
    }

    private static Check.Wrong only(Check.Report report) {
        assertEquals(1, report.wrong().size(), report.wrong()::toString);
        return report.wrong().getFirst();
    }

    @Test
    void aCheckReadsEachPieceOfAllBackupsOnceAndNamesWhoeverIsHit() throws Exception {
        source.backup(target, null);
        Set<String> first = target.list("pieces/").keySet();
        source.write("hold/keyspace/000007.sst", Source.bytes(70_000, 20));
        source.backup(target, null);
        Set<String> both = target.list("pieces/").keySet();
        Repository repository = Repository.open(target, null);
        List<String> ids = repository.backups();
        List<Long> heard = new ArrayList<>();
        Check.Report whole = Check.run(repository, ids, (done, total) -> heard.add(total - done));
        assertEquals(new Check.Report(2, both.size(), whole.sizeBytes(), List.of()), whole);
        assertEquals(both.size(), heard.size(), "each once");
        assertEquals(0, heard.getLast());
        List<List<String>> hit = new ArrayList<>();
        for (String name : both) {
            byte[] right = target.get(name).orElseThrow();
            byte[] wrong = right.clone();
            wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(place.resolve(name), wrong);
            Check.Wrong found = only(check(repository));
            assertTrue(found.toString().contains(name.substring(10)), found + " " + seed);
            if (!hit.contains(found.backups())) {
                hit.add(found.backups());
                for (String id : ids) {
                    boolean needs = found.backups().contains(id);
                    Check.Report one = Check.run(repository, List.of(id), Progress.NONE);
                    assertEquals(needs ? 1 : 0, one.wrong().size());
                }
                Files.delete(place.resolve(name));
                assertEquals(found, only(check(repository)), "missing too");
            }
            Files.write(place.resolve(name), right);
        }
        assertTrue(hit.contains(ids), "in both");
        assertTrue(hit.contains(ids.subList(0, 1)), "in the older one alone");
        assertTrue(hit.contains(ids.subList(1, 2)), "in the newer one alone");
        assertTrue(both.containsAll(first));
    }

    @Test
    void aCheckTellsOfAnyDamagedManifestAndOfAHeaderThatItsCopySaves() throws Exception {
        source.backup(target, null);
        source.backup(target, null);
        List<String> ids = Repository.open(target, null).backups();
        for (String name :
                List.of(
                        "backups/" + ids.getFirst(),
                        "backups/" + ids.getLast(),
                        "millrace-backup.json",
                        "millrace-backup.copy.json")) {
            byte[] right = Files.readAllBytes(place.resolve(name));
            byte[] wrong = right.clone();
            wrong[wrong.length / 2] ^= 4;
            Files.write(place.resolve(name), wrong);
            Check.Wrong found = only(check(Repository.open(target, null)));
            assertTrue(name.endsWith(found.what()) || name.endsWith(found.backups().getFirst()));
            Files.write(place.resolve(name), right);
        }
        Repository repository = Repository.open(target, null);
        assertEquals(List.of(), check(repository).wrong());
        Files.delete(place.resolve("backups/" + ids.getFirst()));
        assertEquals(
                List.of(),
                Check.run(repository, ids, Progress.NONE).wrong(),
                "what was removed meanwhile is no damage");
    }

    @Test
    void aPieceUnderAnothersNameIsRefused() throws Exception {
        source.backup(target, key);
        Repository repository = Repository.open(target, key);
        List<String> names = List.copyOf(target.list("pieces/").keySet());
        for (int i = 0; i < names.size(); i++) {
            byte[] other = target.get(names.get((i + 1) % names.size())).orElseThrow();
            byte[] right = target.get(names.get(i)).orElseThrow();
            target.put(names.get(i), other);
            assertTrue(only(check(repository)).what().contains(names.get(i).substring(10)));
            target.put(names.get(i), right);
        }
    }

    @Test
    void aTornPieceIsWrittenAgainAndAFlippedOneWhenAskedToLook() throws Exception {
        source.backup(target, null);
        String name = target.list("pieces/").firstKey();
        byte[] right = target.get(name).orElseThrow();
        Files.write(place.resolve(name), java.util.Arrays.copyOf(right, right.length / 2));
        assertEquals(1, source.backup(target, null).newPieces());
        right[right.length / 2] ^= 1;
        Files.write(place.resolve(name), right);
        assertEquals(0, source.backup(target, null).newPieces(), "nobody looked");
        Backup.Plan looking = new Backup.Plan(null, true, false);
        assertEquals(1, source.backup(target, null, looking).newPieces());
        assertRestores(null, "latest", source.expected());
    }

    @Test
    void oneDamagedHeaderIsMendedAndTwoAreDamageNotAWrongKey() throws Exception {
        source.backup(target, key);
        Path first = place.resolve("millrace-backup.json");
        byte[] right = Files.readAllBytes(first);
        for (int i = 0; i < 200; i++) {
            byte[] wrong = right.clone();
            wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(first, wrong);
            assertThrows(
                    BackupException.class,
                    () -> Json.read(wrong, Header.class, Header.VERSION, "it"),
                    () -> new String(wrong, StandardCharsets.ISO_8859_1) + seed);
        }
        assertEquals(1, Repository.open(target, key).backups().size());
        source.backup(target, key);
        assertArrayEquals(right, Files.readAllBytes(first));
        byte[] wrong = right.clone();
        int salt = new String(right, StandardCharsets.US_ASCII).indexOf("salt") + 10;
        wrong[salt] = (byte) (wrong[salt] == '1' ? '2' : '1');
        Files.write(first, wrong);
        Files.write(place.resolve("millrace-backup.copy.json"), wrong);
        refused(BackupException.Code.DAMAGED, () -> restore(key, "latest"));
        refused(BackupException.Code.DAMAGED, () -> source.backup(target, key));
    }

    @Test
    void aKilledRestoreServesNothingAndTheNextOneClearsIt() throws Exception {
        source.backup(target, null);
        Path data = directory.resolve("data");
        Target dying = new Dying(target, 3);
        Repository repository = Repository.open(dying, null);
        Manifest manifest = repository.manifest("latest");
        assertThrows(
                AssertionError.class, () -> Restore.run(repository, manifest, data, Progress.NONE));
        assertTrue(Restore.isUnfinished(data));
        assertFalse(Files.exists(data.resolve("keyspace/CURRENT")));
        Repository whole = Repository.open(target, null);
        Restore.run(whole, manifest, data, Progress.NONE);
        assertFalse(Restore.isUnfinished(data));
        assertEquals(source.expected().keySet(), Source.read(data).keySet());
        refused(
                BackupException.Code.INVALID,
                () -> Restore.run(whole, manifest, data, Progress.NONE));
    }

    /** Ends the restore as kill −9 does: nothing in it runs any more. */
    private record Dying(Target target, int[] left) implements Target {
        Dying(Target target, int pieces) {
            this(target, new int[] {pieces});
        }

        @Override
        public Optional<byte[]> get(String name) {
            if (name.startsWith("pieces/") && left[0]-- == 0) {
                throw new AssertionError("killed");
            }
            return target.get(name);
        }

        @Override
        public void put(String name, byte[] bytes) {
            target.put(name, bytes);
        }

        @Override
        public SortedMap<String, Long> list(String prefix) {
            return target.list(prefix);
        }

        @Override
        public void delete(String name) {
            target.delete(name);
        }
    }

    @Test
    void aManifestNamesNothingOutsideOfADataDirectory() {
        for (String path :
                List.of(
                        "../x",
                        "/etc/passwd",
                        "keyspace/../../x",
                        "keyspace/..",
                        "extents/0/a/b",
                        "spool/",
                        "other")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Manifest.File(path, 0, 0, false, List.of()),
                    path);
        }
    }

    @Test
    void oldBackupsGoWithTheirPiecesAndTheNewestStay() throws Exception {
        for (int i = 0; i < 5; i++) {
            source.write("extents/hold-x/000000000002.volume", Source.bytes(30_000 + i, 50 + i));
            source.backup(target, key);
        }
        target.put("pieces/ab/" + "ab".repeat(32), new byte[10]);
        int pieces = target.list("pieces/").size();
        Repository repository = Repository.open(target, key);
        assertEquals(3, repository.prune(2, () -> true));
        assertEquals(2, repository.backups().size());
        assertEquals(pieces - 4, target.list("pieces/").size(), "three volumes and what was cut");
        assertRestores(key, "latest", source.expected());
        restore(key, repository.backups().getFirst());
    }

    @Test
    void nothingIsPrunedWhileAManifestThatStaysIsDamaged() throws Exception {
        for (int i = 0; i < 4; i++) {
            source.backup(target, null);
        }
        String newest = target.list("backups/").lastKey();
        Files.write(place.resolve(newest), new byte[] {1, 2, 3});
        SortedMap<String, Long> all = target.list("");
        Repository repository = Repository.open(target, null);
        refused(BackupException.Code.DAMAGED, () -> repository.prune(2, () -> true));
        assertEquals(all, target.list(""));
    }

    @Test
    void ofAServerAndItsRestoredCopyOnlyOneGoesOnInATarget() {
        String first = source.backup(target, null).manifest().id();
        Source copy = source;
        String second = source.backup(target, null).manifest().id();
        copy.restoredFrom(first);
        refused(BackupException.Code.INVALID, () -> copy.backup(target, null));
        copy.restoredFrom(second);
        copy.backup(target, null);
        copy.restoredFrom(first);
        refused(BackupException.Code.INVALID, () -> copy.backup(target, null));
        copy.backup(target, null, new Backup.Plan(null, false, true));
        copy.backup(target, null);
    }

    @Test
    void ofTwoBackupsAtOnceTheLaterIsToldToRunAgain() throws Exception {
        Repository slow = Repository.openOrMake(target, Source.KEY_SPACE, null);
        source.backup(target, null);
        Backup.Plan plan = new Backup.Plan(null, false, false);
        refused(
                BackupException.Code.BUSY,
                () -> Backup.run(slow, source.held(), plan, Progress.NONE, () -> true));
        assertEquals(1, slow.backups().size());
        assertRestores(null, "latest", source.expected());
    }

    @Test
    void ofTwoServersThatBeginATargetAtOnceTheFirstIsToldToRunAgain() {
        Repository first = Repository.openOrMake(target, Source.KEY_SPACE, key);
        target.delete("millrace-backup.json");
        target.delete("millrace-backup.copy.json");
        Repository.openOrMake(target, Source.KEY_SPACE, key);
        Backup.Plan plan = new Backup.Plan(null, false, false);
        refused(
                BackupException.Code.BUSY,
                () -> Backup.run(first, source.held(), plan, Progress.NONE, () -> true));
        assertEquals(List.of(), first.backups());
    }

    @Test
    void whatSomebodyElseLeavesAmongBackupsAndPiecesIsPassedOver() throws Exception {
        source.backup(target, null);
        target.put("backups/zz-notes-of-somebody-else.txt", new byte[1]);
        target.put("pieces/x", new byte[1]);
        target.put("pieces/ab/notes", new byte[1]);
        source.backup(target, null);
        Repository repository = Repository.open(target, null);
        assertEquals(1, repository.prune(1, () -> true));
        assertEquals(3, target.list("").values().stream().filter(size -> size == 1).count());
        assertRestores(null, "latest", source.expected());
    }

    /** A disk with so many bytes free, of which none comes back. */
    private record Disk(long freeBytes) implements DiskSpace.Meter {
        @Override
        public String device() {
            return "disk";
        }

        @Override
        public long totalBytes() {
            return 100L << 30;
        }
    }

    @Test
    void onTheDiskOfTheDataItStopsBeforeTheReserve() throws Exception {
        MonotonicClock clock = MonotonicClock.system();
        DiskReserve reserve = DiskReserve.ofBytes(20 << 20);
        Target roomy =
                new DirectoryTarget(place, new DiskSpace(new Disk(1L << 30), reserve, clock));
        source.backup(roomy, null);
        SortedMap<String, Long> whole = target.list("");
        target.put("pieces/ab/ab" + "0".repeat(62), new byte[1_000]);
        source.write("hold/keyspace/000009.sst", Source.bytes(2_000, 9));
        Target tight =
                new DirectoryTarget(place, new DiskSpace(new Disk(20 << 20), reserve, clock));
        BackupException e = refused(BackupException.Code.FULL, () -> source.backup(tight, null));
        assertTrue(e.getMessage().contains("the last 20 MiB"), e.getMessage());
        assertEquals(whole, target.list(""), "the server gets the room back");
        assertEquals(1, Repository.open(target, null).backups().size());
        assertEquals(2, source.backup(target, null).newPieces() + 1);
    }

    @Test
    void aHoldThatEndedLeavesNoBackup() {
        Repository repository = Repository.openOrMake(target, Source.KEY_SPACE, null);
        Backup.Plan plan = new Backup.Plan(null, false, false);
        refused(
                BackupException.Code.HOLD_LOST,
                () -> Backup.run(repository, source.held(), plan, Progress.NONE, () -> false));
        assertEquals(List.of(), repository.backups());
        assertTrue(source.backup(target, null).newPieces() == 0, "it goes on from what was copied");
    }

    @Test
    void aClockThatWasSetBackMakesNoOlderBackup() {
        source.backup(target, null);
        source.clock(Instant.parse("2020-01-01T00:00:00Z"));
        String later = source.backup(target, null).manifest().id();
        assertEquals(later, Repository.open(target, null).backups().getLast());
    }

    @Test
    void aPlaceWithSomethingElseInItIsLeftAlone() throws Exception {
        Files.createDirectories(place);
        Files.writeString(place.resolve("holiday.txt"), "mine");
        refused(BackupException.Code.INVALID, () -> source.backup(target, null));
        assertEquals(1, target.list("").size());
        refused(BackupException.Code.NOT_FOUND, () -> restore(null, "latest"));
    }

    /** The target, with so much room, and pieces that it has and doesn't give. */
    private final class Odd implements Target {
        long roomBytes = Long.MAX_VALUE;
        final Set<String> rotten = new HashSet<>();
        String away = "nothing";
        String refusedOnce = "nothing";

        @Override
        public Optional<byte[]> get(String name) {
            if (rotten.contains(name)) {
                throw new BackupException(BackupException.Code.DAMAGED, name + " can't be read");
            }
            if (name.startsWith(away)) {
                throw new BackupException(BackupException.Code.UNAVAILABLE, "it is away");
            }
            return target.get(name);
        }

        @Override
        public void put(String name, byte[] bytes) {
            if (name.startsWith(refusedOnce)) {
                refusedOnce = "nothing";
                throw new BackupException(BackupException.Code.FULL, "full");
            }
            long taken = target.list("").values().stream().mapToLong(size -> size).sum();
            if (taken + bytes.length > roomBytes) {
                throw new BackupException(BackupException.Code.FULL, "full");
            }
            target.put(name, bytes);
            rotten.remove(name);
        }

        @Override
        public SortedMap<String, Long> list(String prefix) {
            return target.list(prefix);
        }

        @Override
        public void delete(String name) {
            target.delete(name);
        }

        @Override
        public void tidy(String prefix) {
            target.tidy(prefix);
        }
    }

    @Test
    void inATargetThatIsFullCutOffBackupsMakeRoom() throws Exception {
        Odd odd = new Odd();
        source.backup(odd, null);
        Map<String, byte[]> first = source.expected();
        String id = Repository.open(odd, null).backups().getFirst();
        odd.roomBytes = target.list("").values().stream().mapToLong(size -> size).sum() + 1_500_000;
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000_000, 9));
        source.write("hold/keyspace/000010.sst", Source.bytes(1_000_000, 10));
        refused(BackupException.Code.FULL, () -> source.backup(odd, null));
        refused(BackupException.Code.FULL, () -> source.backup(odd, null));
        Files.write(place.resolve("pieces/left.writing"), new byte[1_000]);
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000_000, 11));
        source.write("hold/keyspace/000010.sst", new byte[10]);
        source.backup(odd, null);
        assertFalse(Files.exists(place.resolve("pieces/left.writing")));
        assertRestores(null, "latest", source.expected());
        assertRestores(null, id, first);
        assertEquals(List.of(), check(Repository.open(odd, null)).wrong());
    }

    /** Also when a piece that went for it is wanted later, or the manifest comes last. */
    @Test
    void whatMadeRoomIsWrittenAgainWhereItIsNeeded() throws Exception {
        Odd odd = new Odd();
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000_000, 9));
        odd.refusedOnce = "backups/";
        Repository cutOff = Repository.openOrMake(odd, Source.KEY_SPACE, null);
        cutOff.put(cutOff.id(Source.bytes(700_000, 8), 700_000), Source.bytes(700_000, 8), 700_000);
        source.backup(odd, null);
        assertFalse(target.list("pieces/").containsValue(700_000L), "room for the manifest");
        assertRestores(null, "latest", source.expected());
        byte[] later = Source.bytes(600_000, 7);
        cutOff = Repository.openOrMake(odd, Source.KEY_SPACE, null);
        cutOff.put(cutOff.id(later, later.length), later, later.length);
        source.write("hold/keyspace/000010.sst", Source.bytes(10_000, 10));
        source.write("hold/keyspace/000011.sst", later);
        odd.refusedOnce = "pieces/";
        source.backup(odd, null);
        assertRestores(null, "latest", source.expected());
    }

    @Test
    void whatACutOffWriteLeftIsRoomTooAndGoesWithWhatIsPruned() throws Exception {
        Odd odd = new Odd();
        source.backup(odd, null);
        Path left = place.resolve("pieces/ab/x.writing");
        Files.createDirectories(left.getParent());
        Files.write(left, new byte[1_000]);
        assertFalse(target.list("").containsKey("pieces/ab/x.writing"));
        odd.refusedOnce = "pieces/";
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000, 9));
        source.backup(odd, null);
        assertFalse(Files.exists(left));
        Files.write(left, new byte[1_000]);
        Path foreign = Files.write(place.resolve("theirs.writing"), new byte[1]);
        Repository.open(target, null).prune(1, () -> true);
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(foreign), "not ours");
    }

    /** A process that ended while it made the target. */
    @Test
    void aTargetOfWhichOnlyTheBeginningOfItsFirstFileIsThereIsMade() throws Exception {
        Files.createDirectories(place);
        Path left = Files.writeString(place.resolve("millrace-backup.json.writing"), "{\"ver");
        source.backup(target, null);
        assertFalse(Files.exists(left));
        assertRestores(null, "latest", source.expected());
    }

    @Test
    void aTargetThatIsAwayIsNotTakenForADamagedOne() throws Exception {
        Odd odd = new Odd();
        source.backup(odd, null);
        SortedMap<String, Long> all = target.list("");
        Repository repository = Repository.open(odd, null);
        Backup.Plan checking = new Backup.Plan(null, true, false);
        for (String away : List.of("pieces/", "millrace-backup.copy")) {
            odd.away = away;
            refused(BackupException.Code.UNAVAILABLE, () -> check(repository));
            refused(BackupException.Code.UNAVAILABLE, () -> source.backup(odd, null, checking));
        }
        assertEquals(all, target.list(""));
    }

    @Test
    void nothingMakesRoomWhileAManifestIsDamaged() throws Exception {
        Odd odd = new Odd();
        source.backup(odd, null);
        source.backup(odd, null);
        String manifest = target.list("backups/").firstKey();
        Files.write(place.resolve(manifest), new byte[] {1, 2, 3});
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000_000, 9));
        source.write("hold/keyspace/000010.sst", Source.bytes(1_000_000, 10));
        odd.roomBytes = target.list("").values().stream().mapToLong(size -> size).sum() + 1_500_000;
        refused(BackupException.Code.FULL, () -> source.backup(odd, null));
        SortedMap<String, Long> all = target.list("");
        source.write("hold/keyspace/000009.sst", Source.bytes(1_000_000, 11));
        refused(BackupException.Code.FULL, () -> source.backup(odd, null));
        assertEquals(all, target.list(""));
    }

    @Test
    void aPieceThatIsThereAndIsNotGivenIsNamedAndWrittenAgain() throws Exception {
        Odd odd = new Odd();
        source.backup(odd, null);
        String name = target.list("pieces/").firstKey();
        odd.rotten.add(name);
        odd.rotten.add("millrace-backup.json");
        List<Check.Wrong> wrong = check(Repository.open(odd, null)).wrong();
        assertEquals(2, wrong.size(), wrong::toString);
        assertEquals("millrace-backup.json", wrong.getFirst().what());
        assertTrue(wrong.get(1).what().contains(name.substring(name.lastIndexOf('/') + 1)));
        source.backup(odd, null, new Backup.Plan(null, true, false));
        assertEquals(Set.of(), odd.rotten);
        assertEquals(List.of(), check(Repository.open(odd, null)).wrong());
    }

    @Test
    void ofTheTargetsOwnFilesOneIsEnoughHoweverTheOtherIsDamaged() throws Exception {
        source.backup(target, null);
        byte[] right = target.get("millrace-backup.json").orElseThrow();
        for (String wrong : List.of("", "null", "{}", "[]", "{\"version\":1}", "no JSON")) {
            for (String name : List.of("millrace-backup.json", "millrace-backup.copy.json")) {
                Files.writeString(place.resolve(name), wrong);
                assertEquals(name, only(check(Repository.open(target, null))).what(), wrong);
                assertRestores(null, "latest", source.expected());
                source.backup(target, null);
                assertArrayEquals(right, target.get(name).orElseThrow());
            }
        }
        Files.writeString(place.resolve("millrace-backup.json"), "");
        Files.writeString(place.resolve("millrace-backup.copy.json"), "null");
        refused(BackupException.Code.DAMAGED, () -> restore(null, "latest"));
    }
}
