package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.Durability;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.extents.StoreIdentity;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Damages;
import io.millrace.kit.DirectoryLock;
import io.millrace.store.registry.StoreRegistry;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.work.Leases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which directories a key space lets in; each refusal says why and what to do. */
class StoreRegistryTest {
    private static final byte[] BYTES = Fixture.bytes(1, 50_000);

    @TempDir Path root;

    private Fixture open(String node) {
        return Fixture.open(root.resolve(node));
    }

    private Path volumes(String node) {
        return root.resolve(node).resolve("volumes");
    }

    private void refused(String node, String... words) {
        StoreException refused = assertThrows(StoreException.class, () -> open(node).close());
        assertEquals(StoreException.Code.EXTENTS_REFUSED, refused.code(), refused.getMessage());
        String text = String.valueOf(refused.getMessage());
        for (String word : words) {
            assertTrue(text.contains(word), text);
        }
    }

    @Test
    void everyStartOfTheSameDirectoryIsLetInUnderANewEpoch() {
        long epoch = 0;
        for (int i = 0; i < 5; i++) {
            try (Fixture fixture = open("a")) {
                StoreIdentity identity = fixture.extents.identity();
                assertTrue(identity.joined());
                assertEquals(epoch + 1, identity.epoch());
                epoch = identity.epoch();
                fixture.put("k" + i, BYTES);
                for (int j = 0; j <= i; j++) {
                    assertArrayEquals(BYTES, fixture.get("k" + j));
                }
            }
        }
    }

    @Test
    void aDirectoryOfAnotherKeySpaceIsRefused() {
        open("a").close();
        open("b").close();
        move(volumes("b"), volumes("kept"));
        move(volumes("a"), volumes("b"));
        refused("b", volumes("b").toString(), "key space");
        move(volumes("b"), volumes("a"));
        move(volumes("kept"), volumes("b"));
        open("a").close();
        open("b").close();
    }

    @Test
    void aCopyIsRefusedOnceTheOtherHasStartedUntilAPersonSaysSo() {
        byte[] later = Fixture.bytes(2, 50_000);
        try (Fixture fixture = open("a")) {
            fixture.put("early", BYTES);
        }
        copy(volumes("a"), volumes("copy"));
        try (Fixture fixture = open("a")) {
            fixture.put("later", later);
        }
        move(volumes("a"), volumes("lost"));
        move(volumes("copy"), volumes("a"));
        refused("a", "copy", "store.adopt");
        create(volumes("a").resolve("store.adopt"));
        try (Fixture fixture = open("a")) {
            assertArrayEquals(BYTES, fixture.get("early"));
            // Another object takes the place of the one that is lost.
            fixture.put("new", Fixture.bytes(3, 50_000));
            assertThrows(StoreException.class, () -> fixture.get("later"));
            assertArrayEquals(Fixture.bytes(3, 50_000), fixture.get("new"));
        }
        assertFalse(Files.exists(volumes("a").resolve("store.adopt")));
        open("a").close();
    }

    /** What was stored since would be "not found", and its bytes be freed as nobody's. */
    @Test
    void aKeySpaceThatWasSetBackIsRefusedUntilAPersonSaysSo() {
        Path keys = root.resolve("a").resolve("keys");
        try (Fixture fixture = open("a")) {
            fixture.put("early", BYTES);
        }
        copy(keys, root.resolve("old"));
        try (Fixture fixture = open("a")) {
            fixture.put("later", BYTES);
        }
        move(keys, root.resolve("latest"));
        copy(root.resolve("old"), keys);
        refused("a", "key space was set back", "store.adopt");
        refused("a", "key space was set back", "store.adopt");
        delete(keys);
        move(root.resolve("latest"), keys);
        copy(keys, root.resolve("one start ago"));
        try (Fixture fixture = open("a")) {
            assertArrayEquals(BYTES, fixture.get("later"));
        }
        delete(keys);
        move(root.resolve("one start ago"), keys);
        create(volumes("a").resolve("store.adopt"));
        try (Fixture fixture = open("a")) {
            assertArrayEquals(BYTES, fixture.get("early"));
            assertEquals(4, fixture.extents.identity().epoch(), "that start may have written");
        }
        open("a").close();
    }

    /** What a backup asks, which doesn't start anything. */
    @Test
    void whatAStartWouldBeRefusedForIsSaidWithoutOne() {
        try (Fixture a = open("a");
                Fixture b = open("b");
                LocalExtents fresh =
                        LocalExtents.open(
                                List.of(root.resolve("fresh")), ExtentsOptions.standard())) {
            StoreIdentity own = a.extents.identity();
            assertEquals(Optional.empty(), StoreRegistry.refusal(a.keySpace, own));
            String other = StoreRegistry.refusal(a.keySpace, b.extents.identity()).orElseThrow();
            assertTrue(other.contains("has the bytes of key space"), other);
            String empty = StoreRegistry.refusal(a.keySpace, fresh.identity()).orElseThrow();
            assertTrue(empty.contains("is new and empty"), empty);
        }
        move(volumes("a"), root.resolve("away"));
        io(() -> Files.createDirectory(volumes("a")));
        try (KeySpace keys = RocksKeySpace.open(root.resolve("a").resolve("keys"));
                LocalExtents there =
                        LocalExtents.openReadOnly(List.of(volumes("a")), Damages.reported())) {
            String gone = StoreRegistry.refusal(keys, there.identity()).orElseThrow();
            assertTrue(gone.contains("is a new directory where an extent store was"), gone);
        }
    }

    /** As on PostgreSQL, where each node has its own. */
    @Test
    void besideOtherStoresOfSharedRowsANewDirectoryIsNoLostOne() {
        try (Fixture a = open("a");
                LocalExtents fresh =
                        LocalExtents.open(
                                List.of(root.resolve("fresh")), ExtentsOptions.standard())) {
            KeySpace shared =
                    (KeySpace)
                            Proxy.newProxyInstance(
                                    KeySpace.class.getClassLoader(),
                                    new Class<?>[] {KeySpace.class},
                                    (proxy, method, arguments) ->
                                            method.getName().equals("files")
                                                    ? Optional.empty()
                                                    : method.invoke(a.keySpace, arguments));
            assertEquals(Optional.empty(), StoreRegistry.refusal(shared, fresh.identity()));
        }
    }

    @Test
    void aDamagedTableIsNotForTheQuestionWhetherAHalfWasSetBack() {
        try (Fixture fixture = open("a")) {
            StoreIdentity identity = fixture.extents.identity();
            assertEquals(Optional.empty(), StoreRegistry.refusal(fixture.keySpace, identity));
            for (KeySpaceException.Code code : KeySpaceException.Code.values()) {
                KeySpace failing =
                        (KeySpace)
                                Proxy.newProxyInstance(
                                        KeySpace.class.getClassLoader(),
                                        new Class<?>[] {KeySpace.class},
                                        (proxy, method, arguments) -> {
                                            throw new KeySpaceException(code, "it is " + code);
                                        });
                if (code == KeySpaceException.Code.CORRUPT) {
                    assertEquals(Optional.empty(), StoreRegistry.refusal(failing, identity));
                } else {
                    assertThrows(
                            KeySpaceException.class,
                            () -> StoreRegistry.refusal(failing, identity));
                }
            }
        }
    }

    @Test
    void aKeySpaceThatWasSetBackBeforeItsStoreJoinedSaysThatItKnowsNothingOfIt() {
        Path keys = root.resolve("a").resolve("keys");
        try (var before = Fixture.rocks(root.resolve("a"))) {
            before.id();
        }
        copy(keys, root.resolve("old"));
        open("a").close();
        open("a").close();
        delete(keys);
        move(root.resolve("old"), keys);
        refused("a", "not at all", "store.adopt");
        create(volumes("a").resolve("store.adopt"));
        try (Fixture fixture = open("a")) {
            assertEquals(3, fixture.extents.identity().epoch(), "above all that may have written");
        }
    }

    /** Else a power cut would make its own key space look set back. */
    @Test
    void aStartIsSyncedAlsoWhereAnswersDontWait() {
        try (Fixture fixture = open("a");
                BeforeCommit space = new BeforeCommit(fixture.keySpace);
                Leases leases = Fixture.leases(space, "relaxed");
                Extents relaxed =
                        LocalExtents.open(
                                List.of(volumes("relaxed")),
                                ExtentsOptions.standard()
                                        .withReserveBytes(0)
                                        .withDurability(Durability.NONE))) {
            List<Boolean> synced = new ArrayList<>();
            space.ofPut(StoreKeys.extentStores(), batch -> synced.add(batch.sync()));
            Store.open(space, leases, relaxed, fixture.options, fixture.clock.clocks()).close();
            assertEquals(List.of(true), synced);
        }
    }

    @Test
    void anEmptyDirectoryWhereAStoreWasIsRefused() {
        open("a").close();
        move(volumes("a"), volumes("elsewhere"));
        refused("a", "mounted");
        delete(volumes("a"));
        move(volumes("elsewhere"), volumes("a"));
        open("a").close();
    }

    @Test
    void aKeySpaceThatWasMovedWithoutItsExtentsIsRefusedUntilAPersonSaysThatTheyAreGone() {
        try (Fixture fixture = open("a")) {
            fixture.put("k", BYTES);
        }
        move(root.resolve("a").resolve("keys"), root.resolve("b").resolve("keys"));
        refused("b", volumes("a").toString(), volumes("b").toString(), "store.adopt");
        delete(volumes("b"));
        copy(volumes("a"), volumes("b"));
        try (Fixture fixture = open("b")) {
            assertArrayEquals(BYTES, fixture.get("k"));
        }
        move(root.resolve("b").resolve("keys"), root.resolve("c").resolve("keys"));
        refused("c", volumes("b").toString(), "store.adopt");
        create(volumes("c").resolve("store.adopt"));
        try (Fixture fixture = open("c")) {
            assertThrows(StoreException.class, () -> fixture.get("k"), "it is lost");
            fixture.put("k", BYTES);
            assertArrayEquals(BYTES, fixture.get("k"));
        }
        open("c").close();
    }

    @Test
    void aCopyOfAllThatIsStartedBesideTheOriginalIsRefused() throws IOException {
        String store;
        try (Fixture fixture = open("a")) {
            store = fixture.store.extentStore();
        }
        copy(root.resolve("a").resolve("keys"), root.resolve("copy").resolve("keys"));
        copy(volumes("a"), volumes("copy"));
        try (DirectoryLock running = DirectoryLock.take(volumes("a"))) {
            refused("copy", volumes("copy") + " is a copy", store, "start 1", "stop that server");
            refused("copy", volumes("a") + " (start 1, ");
        }
        open("copy").close();
    }

    @Test
    void aRestoredCopyIsLetInBesideItsRunningOriginal() throws IOException {
        open("a").close();
        copy(root.resolve("a").resolve("keys"), root.resolve("copy").resolve("keys"));
        copy(volumes("a"), volumes("copy"));
        create(volumes("copy").resolve("store.adopt"));
        try (DirectoryLock running = DirectoryLock.take(volumes("a"))) {
            open("copy").close();
        }
    }

    @Test
    void aCopyIsLetInWhereAnotherDirectoryTookItsOriginalsPlace() throws IOException {
        open("a").close();
        move(root.resolve("a").resolve("keys"), root.resolve("copy").resolve("keys"));
        copy(volumes("a"), volumes("copy"));
        move(volumes("a"), volumes("gone"));
        Files.createDirectories(volumes("a"));
        try (DirectoryLock other = DirectoryLock.take(volumes("a"))) {
            open("copy").close();
        }
    }

    @Test
    void asLongAsOneStoreOfAKeySpaceRunsAnEmptyOneMayJoin() {
        try (Fixture first = open("a");
                Leases leases = Fixture.leases(first.keySpace, "second");
                Extents extents = Fixture.extents(root.resolve("second"));
                Store second =
                        Store.open(
                                first.keySpace,
                                leases,
                                extents,
                                first.options,
                                first.clock.clocks())) {
            first.put("k", BYTES);
            assertEquals(2, first.keySpace.scan(Scan.prefix(StoreKeys.extentStores(), 9)).size());
        }
    }

    @Test
    void aStartThatWasCutOffBeforeTheKeySpaceHeardOfItIsGoneOnWith() {
        open("a").close();
        byte[] before = read(volumes("a").resolve("store.starts"));
        open("a").close();
        long epoch;
        // The directory offered a start that the key space never took: as it stands after a crash.
        try (var keys = Fixture.rocks(root.resolve("a"));
                var extents = Fixture.extents(root.resolve("a"))) {
            StoreIdentity identity = extents.identity();
            epoch = identity.epoch();
            extents.join(keys.id(), epoch + 1, identity.offered(), new java.util.UUID(1, 1));
        }
        try (Fixture fixture = open("a")) {
            assertEquals(epoch + 1, fixture.extents.identity().epoch());
            fixture.put("k", BYTES);
            assertArrayEquals(BYTES, fixture.get("k"));
        }
        write(volumes("a").resolve("store.starts"), before);
        refused("a", "set back");
    }

    /** The copy's own start never got through, but its directory counts as many as the store's. */
    @Test
    void aCopyIsRefusedAlsoWhenItCountedAsManyStarts() {
        open("a").close();
        copy(volumes("a"), volumes("copy"));
        open("a").close();
        try (var keys = Fixture.rocks(root.resolve("a"));
                var copied = Fixture.extents(root.resolve("copy"))) {
            StoreIdentity identity = copied.identity();
            copied.join(keys.id(), 2, identity.offered(), new java.util.UUID(1, 1));
        }
        move(volumes("a"), volumes("original"));
        move(volumes("copy"), volumes("a"));
        refused("a", "is a copy of extent store", "or was set back", "start 2");
    }

    @Test
    void aDirectoryThatForgotItsStartsIsKnownByItsPlace() {
        long epoch;
        try (Fixture fixture = open("a")) {
            epoch = fixture.extents.identity().epoch();
        }
        delete(volumes("a").resolve("store.starts"));
        try (Fixture fixture = open("a")) {
            assertEquals(epoch + 1, fixture.extents.identity().epoch());
        }
        delete(volumes("a").resolve("store.starts"));
        copy(volumes("a"), volumes("copy"));
        move(volumes("a"), volumes("original"));
        move(volumes("copy"), volumes("a"));
        refused("a", "copy");
    }

    @Test
    void aStoreHasItsOwnIdAndAKeySpaceToo() {
        try (Fixture a = open("a");
                Fixture b = open("b")) {
            assertNotEquals(a.keySpace.id(), b.keySpace.id());
            assertNotEquals(a.extents.identity().store(), b.extents.identity().store());
            assertEquals(a.keySpace.id(), a.extents.identity().keySpace());
        }
    }

    private static void move(Path from, Path to) {
        io(
                () -> {
                    Files.createDirectories(to.getParent());
                    Files.move(from, to);
                });
    }

    private static void copy(Path from, Path to) {
        io(
                () -> {
                    Files.createDirectories(to);
                    for (Path file : files(from)) {
                        Files.copy(file, to.resolve(file.getFileName()));
                    }
                });
    }

    private static void delete(Path path) {
        io(
                () -> {
                    if (Files.isDirectory(path)) {
                        for (Path file : files(path)) {
                            Files.delete(file);
                        }
                    }
                    Files.delete(path);
                });
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static void create(Path file) {
        io(() -> Files.createFile(file));
    }

    private static void write(Path file, byte[] bytes) {
        io(() -> Files.write(file, bytes));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void io(Io io) {
        try {
            io.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
