package io.millrace.keyspace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every engine of the key space promises; each engine runs it with the same keys. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class KeySpaceConformance {
    private static final AtomicInteger TESTS = new AtomicInteger();

    /** The engine under test, open. */
    abstract KeySpace keySpace();

    private byte[] space = {};

    @BeforeEach
    void ownPartOfTheKeySpace() {
        space = Keys.family('T').u32(TESTS.incrementAndGet()).done();
    }

    byte[] k(String text) {
        return Keys.under(space).raw(utf8(text)).done();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String rest(byte[] key) {
        return new String(key, space.length, key.length - space.length, StandardCharsets.UTF_8);
    }

    private void put(String... keys) {
        Batch.Builder batch = Batch.builder();
        for (String key : keys) {
            batch.put(k(key), utf8("v" + key));
        }
        assertCommitted(keySpace().commit(batch.build()));
    }

    static List<Long> assertCommitted(CommitOutcome outcome) {
        return assertInstanceOf(CommitOutcome.Committed.class, outcome).stamps();
    }

    private List<String> keys(List<Entry> entries) {
        return entries.stream().map(e -> rest(e.key())).toList();
    }

    private List<String> scanAll() {
        return keys(keySpace().scan(Scan.prefix(space, 1_000)));
    }

    @Test
    void aPutIsReadBackAndADeleteRemovesIt() {
        put("a");
        assertArrayEquals(utf8("va"), keySpace().get(k("a")));
        assertNull(keySpace().get(k("b")));
        assertCommitted(keySpace().commit(Batch.builder().delete(k("a")).delete(k("b")).build()));
        assertNull(keySpace().get(k("a")));
    }

    @Test
    void anEmptyValueIsNotAbsence() {
        assertCommitted(keySpace().commit(Batch.builder().put(k("e"), new byte[0]).build()));
        assertArrayEquals(new byte[0], keySpace().get(k("e")));
        assertEquals(
                new CommitOutcome.Conflict(0),
                keySpace().commit(Batch.builder().absent(k("e")).put(k("x"), utf8("1")).build()));
        assertCommitted(keySpace().commit(Batch.builder().holds(k("e"), new byte[0]).build()));
    }

    @Test
    void valuesAndKeysHoldAnyByte() {
        byte[] value = new byte[512];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) i;
        }
        byte[] key = Keys.under(space).raw(new byte[] {0, 1, 0, -1, 127, -128, 0}).done();
        assertCommitted(keySpace().commit(Batch.builder().put(key, value).build()));
        assertArrayEquals(value, keySpace().get(key));
        assertCommitted(
                keySpace().commit(Batch.builder().holds(key, value).put(key, utf8("n")).build()));
        assertArrayEquals(utf8("n"), keySpace().get(key));
    }

    @Test
    void multiGetAnswersInTheOrderOfTheQuestion() {
        put("a", "c");
        List<byte[]> got = keySpace().multiGet(List.of(k("c"), k("b"), k("a"), k("c")));
        assertEquals(4, got.size());
        assertArrayEquals(utf8("vc"), got.get(0));
        assertNull(got.get(1));
        assertArrayEquals(utf8("va"), got.get(2));
        assertArrayEquals(utf8("vc"), got.get(3));
        assertEquals(List.of(), keySpace().multiGet(List.of()));
    }

    @Test
    void scansAreOrderedByUnsignedBytes() {
        Random random = Seed.fresh().random();
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        for (int i = 0; i < 300; i++) {
            byte[] tail = new byte[1 + random.nextInt(6)];
            random.nextBytes(tail);
            byte[] key = Keys.under(space).raw(tail).done();
            byte[] value = {(byte) i};
            model.put(key, value);
            assertCommitted(keySpace().commit(Batch.builder().put(key, value).relaxed().build()));
        }
        List<Entry> all = keySpace().scan(Scan.prefix(space, 1_000));
        assertEquals(model.size(), all.size());
        int at = 0;
        for (Map.Entry<byte[], byte[]> expected : model.entrySet()) {
            assertArrayEquals(expected.getKey(), all.get(at).key());
            assertArrayEquals(expected.getValue(), all.get(at).value());
            at++;
        }
        List<Entry> down = keySpace().scan(Scan.prefix(space, 1_000).reversed());
        for (int i = 0; i < down.size(); i++) {
            assertArrayEquals(all.get(all.size() - 1 - i).key(), down.get(i).key());
        }
    }

    @Test
    void scansKeepTheirBounds() {
        put("a", "b", "c", "d", "e");
        assertEquals(List.of("b", "c"), keys(keySpace().scan(Scan.range(k("b"), k("d"), 10))));
        assertEquals(List.of("a", "b", "c"), keys(keySpace().scan(Scan.prefix(space, 3))));
        assertEquals(
                List.of("d", "c"), keys(keySpace().scan(new Scan(k("b"), k("e"), 2, true, false))));
        assertEquals(
                List.of("c", "d", "e"), keys(keySpace().scan(Scan.prefixAfter(space, k("b"), 10))));
        assertEquals(List.of(), keySpace().scan(Scan.range(k("d"), k("b"), 10)));
        assertEquals(List.of(), keySpace().scan(Scan.range(k("d"), k("d"), 10)));
        List<Entry> keysOnly = keySpace().scan(Scan.prefix(space, 10).onlyKeys());
        assertEquals(5, keysOnly.size());
        assertTrue(keysOnly.stream().allMatch(e -> e.value().length == 0));
    }

    @Test
    void scansRunAcrossFamilies() {
        byte[] value = utf8("v");
        Batch.Builder batch = Batch.builder();
        List<String> families = List.of("C", "D", "E", "K", "L", "M", "V", "W", "X");
        for (String family : families) {
            batch.put(Keys.family(family.charAt(0)).raw(space).done(), value);
        }
        assertCommitted(keySpace().commit(batch.build()));
        List<String> up = new ArrayList<>();
        for (Entry e : keySpace().scan(new Scan(new byte[0], utf8("Y"), 10_000, false, true))) {
            if (e.key().length == space.length + 1
                    && Arrays.equals(e.key(), 1, e.key().length, space, 0, space.length)) {
                up.add(new String(e.key(), 0, 1, StandardCharsets.US_ASCII));
            }
        }
        assertEquals(families, up);
        List<Entry> top = keySpace().scan(new Scan(utf8("E"), utf8("Y"), 1, true, true));
        assertEquals((byte) 'X', top.get(0).key()[0]);
        assertCommitted(
                keySpace().commit(Batch.builder().deleteRange(utf8("C"), utf8("S")).build()));
        assertEquals(List.of(), keySpace().scan(Scan.range(utf8("C"), utf8("S"), 10)));
        assertEquals(3, keySpace().scan(Scan.range(utf8("U"), utf8("Y"), 10)).size());
        assertCommitted(
                keySpace().commit(Batch.builder().deleteRange(utf8("U"), utf8("Y")).build()));
    }

    @Test
    void aGuardThatFailsKeepsEverythingOut() {
        put("a");
        CommitOutcome outcome =
                keySpace()
                        .commit(
                                Batch.builder()
                                        .holds(k("a"), utf8("va"))
                                        .absent(k("n"))
                                        .holds(k("a"), utf8("other"))
                                        .put(k("n"), utf8("1"))
                                        .delete(k("a"))
                                        .build());
        assertEquals(new CommitOutcome.Conflict(2), outcome);
        assertEquals(List.of("a"), scanAll());
        assertEquals(
                new CommitOutcome.Conflict(0),
                keySpace().commit(Batch.builder().holds(k("gone"), utf8("x")).build()));
        assertEquals(
                new CommitOutcome.Conflict(0),
                keySpace().commit(Batch.builder().absent(k("a")).build()));
    }

    @Test
    void anAbsentGuardAloneLeavesNothingBehind() {
        assertCommitted(keySpace().commit(Batch.builder().absent(k("a")).build()));
        assertNull(keySpace().get(k("a")));
        assertEquals(List.of(), scanAll());
    }

    @Test
    void mutationsApplyInTheirOrder() {
        put("a", "b", "c", "d");
        assertCommitted(
                keySpace()
                        .commit(
                                Batch.builder()
                                        .put(k("b1"), utf8("early"))
                                        .deleteRange(k("b"), k("d"))
                                        .put(k("c"), utf8("late"))
                                        .put(k("d"), utf8("1"))
                                        .put(k("d"), utf8("2"))
                                        .put(k("e"), utf8("1"))
                                        .delete(k("e"))
                                        .delete(k("a"))
                                        .put(k("a"), utf8("again"))
                                        .build()));
        assertEquals(List.of("a", "c", "d"), scanAll());
        assertArrayEquals(utf8("late"), keySpace().get(k("c")));
        assertArrayEquals(utf8("2"), keySpace().get(k("d")));
        assertArrayEquals(utf8("again"), keySpace().get(k("a")));
    }

    @Test
    void rangeDeletesTakeTheirBoundsExactly() {
        put("a", "b", "b\u0000", "bz", "c");
        assertCommitted(keySpace().commit(Batch.builder().deleteRange(k("b"), k("c")).build()));
        assertEquals(List.of("a", "c"), scanAll());
        assertCommitted(keySpace().commit(Batch.builder().deleteRange(k("z"), k("a")).build()));
        assertEquals(List.of("a", "c"), scanAll());
    }

    @Test
    void countersAdd() {
        assertCommitted(
                keySpace()
                        .commit(
                                Batch.builder()
                                        .add(k("n"), 5)
                                        .add(k("n"), -7)
                                        .put(k("p"), Keys.counter(40))
                                        .add(k("p"), 2)
                                        .add(k("d"), 9)
                                        .delete(k("d"))
                                        .add(k("d"), 1)
                                        .build()));
        assertEquals(-2, Keys.counter(keySpace().get(k("n"))));
        assertEquals(42, Keys.counter(keySpace().get(k("p"))));
        assertEquals(1, Keys.counter(keySpace().get(k("d"))));
        assertCommitted(keySpace().commit(Batch.builder().add(k("n"), 3).build()));
        assertEquals(1, Keys.counter(keySpace().get(k("n"))));
    }

    @Test
    void addingToWhatIsNoCounterIsRefusedAndChangesNothing() {
        put("text");
        Batch batch = Batch.builder().put(k("other"), utf8("1")).add(k("text"), 1).build();
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().commit(batch));
        assertEquals(List.of("text"), scanAll());
    }

    @Test
    void stampsAreDenseAndComeBack() {
        byte[] counter = k("count");
        List<Long> stamps =
                assertCommitted(
                        keySpace()
                                .commit(
                                        Batch.builder()
                                                .appendStamped(counter, k("log/"), utf8("one"))
                                                .appendStamped(k("c2"), k("log2/"), utf8("x"))
                                                .appendStamped(counter, k("log/"), utf8("two"))
                                                .build()));
        assertEquals(List.of(1L, 1L, 2L), stamps);
        assertEquals(
                List.of(3L),
                assertCommitted(
                        keySpace()
                                .commit(
                                        Batch.builder()
                                                .appendStamped(counter, k("log/"), utf8("3"))
                                                .build())));
        assertArrayEquals(utf8("two"), keySpace().get(Keys.under(k("log/")).u64(2).done()));
        assertEquals(3, Keys.counter(keySpace().get(counter)));
        assertThrows(
                KeySpaceException.class,
                () ->
                        Batch.builder()
                                .appendStamped(counter, k("log/"), utf8("x"))
                                .add(counter, 1)
                                .build());
    }

    @Test
    void guardedIncrementsOfManyWritersLoseNothing() throws Exception {
        byte[] key = k("n");
        int writers = 16;
        int each = 25;
        together(
                writers,
                writer -> {
                    for (int i = 0; i < each; i++) {
                        increment(key);
                    }
                    return null;
                });
        assertEquals(writers * each, Keys.counter(keySpace().get(key)));
    }

    private void increment(byte[] key) {
        while (true) {
            byte[] read = keySpace().get(key);
            Batch batch =
                    Batch.builder()
                            .unchanged(key, read)
                            .put(key, Keys.counter(Keys.counter(read) + 1))
                            .build();
            if (keySpace().commit(batch).committed()) {
                return;
            }
        }
    }

    @Test
    void oneWinsTheRaceForAnAbsentKey() throws Exception {
        for (int round = 0; round < 10; round++) {
            byte[] key = k("race" + round);
            boolean guardOnly = round % 2 == 1;
            List<CommitOutcome> outcomes =
                    together(
                            12,
                            writer -> {
                                Batch.Builder batch = Batch.builder().absent(key);
                                if (guardOnly) {
                                    batch.absent(k("side" + writer));
                                }
                                return keySpace()
                                        .commit(batch.put(key, utf8("w" + writer)).build());
                            });
            assertEquals(1, outcomes.stream().filter(CommitOutcome::committed).count());
            int winner =
                    outcomes.indexOf(
                            outcomes.stream()
                                    .filter(CommitOutcome::committed)
                                    .findFirst()
                                    .orElseThrow());
            assertArrayEquals(utf8("w" + winner), keySpace().get(key));
        }
    }

    @Test
    void batchesThatTouchTheSameKeysInOtherOrdersAllGetThrough() throws Exception {
        together(
                8,
                writer -> {
                    Random random = new Random(writer);
                    for (int i = 0; i < 20; i++) {
                        Batch.Builder batch = Batch.builder();
                        for (int j = 0; j < 6; j++) {
                            batch.add(k("k" + random.nextInt(8)), 1);
                        }
                        assertCommitted(keySpace().commit(batch.build()));
                    }
                    return null;
                });
        long sum = 0;
        for (int i = 0; i < 8; i++) {
            sum += Keys.counter(keySpace().get(k("k" + i)));
        }
        assertEquals(8 * 20 * 6, sum);
    }

    @Test
    void aReaderOfStampsNeverMeetsALowerOneLater() throws Exception {
        byte[] counter = k("counter");
        byte[] prefix = k("log/");
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
            Future<Long> read = reader.submit(() -> follow(prefix, done));
            try {
                together(
                        8,
                        writer -> {
                            for (int i = 0; i < 25; i++) {
                                assertCommitted(
                                        keySpace()
                                                .commit(
                                                        Batch.builder()
                                                                .put(k("o" + writer), utf8("" + i))
                                                                .appendStamped(
                                                                        counter, prefix, utf8("r"))
                                                                .build()));
                            }
                            return null;
                        });
            } finally {
                done.set(true);
            }
            assertEquals(200, read.get());
        }
    }

    /** Follows a stamped log as a consumer does; a stamp that came late would leave a hole. */
    private long follow(byte[] prefix, AtomicBoolean done) {
        long last = 0;
        while (true) {
            boolean finished = done.get();
            byte[] from = Keys.under(prefix).u64(last + 1).done();
            List<Entry> page =
                    keySpace().scan(Scan.range(from, Keys.afterPrefix(prefix), 1_000).onlyKeys());
            for (Entry entry : page) {
                long stamp = Keys.read(entry.key(), prefix.length).u64();
                assertEquals(last + 1, stamp);
                last = stamp;
            }
            if (finished && page.isEmpty()) {
                return last;
            }
        }
    }

    @Test
    void delimitedScansRollGroups() {
        put("a", "dir/1", "dir/2", "dir/sub/3", "dirt", "e/1", "f");
        assertEquals(List.of("a", "[dir/]", "dirt", "[e/]", "f"), listed("", "/", "", 100));
        assertEquals(List.of("dir/1", "dir/2", "[dir/sub/]"), listed("dir/", "/", "", 100));
        assertEquals(List.of("[dir/]", "dirt"), listed("dir", "/", "", 100));
        assertEquals(
                List.of("a", "dir/1", "dir/2", "dir/sub/3", "dirt", "e/1", "f"),
                listed("", "", "", 100));
        assertEquals(List.of("a", "[dir/]"), listed("", "/", "", 2));
        assertEquals(List.of("dirt", "[e/]", "f"), listed("", "/", "dir/", 100));
        assertEquals(List.of("[dir/]", "dirt", "[e/]", "f"), listed("", "/", "dir/1", 100));
        assertEquals(List.of("dirt", "[e/]", "f"), listed("", "/", "dir/sub/3", 100));
        assertEquals(List.of(), listed("", "/", "f", 100));
        assertEquals(List.of("[dir/su]", "dirt"), listed("dir", "su", "dir/2", 100));
    }

    @Test
    void delimitedScansPageWithoutLossOrRepetition() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            keys.add((i % 3 == 0 ? "x" + i : "d" + i % 7 + "/" + i));
        }
        put(keys.toArray(String[]::new));
        List<String> whole = listed("", "/", "", 1_000);
        List<String> paged = new ArrayList<>();
        byte[] after = {};
        while (true) {
            List<Listed> page = keySpace().scanDelimited(space, utf8("/"), after, 4);
            page.forEach(element -> paged.add(shown(element)));
            if (page.size() < 4) {
                break;
            }
            after = page.get(3).position();
        }
        assertEquals(whole, paged);
        assertEquals(27, whole.size());
    }

    private List<String> listed(String prefix, String delimiter, String after, int limit) {
        byte[] from = after.isEmpty() ? new byte[0] : k(after);
        return keySpace().scanDelimited(k(prefix), utf8(delimiter), from, limit).stream()
                .map(this::shown)
                .toList();
    }

    private String shown(Listed element) {
        return switch (element) {
            case Listed.Key key -> {
                assertArrayEquals(utf8("v" + rest(key.key())), key.value());
                yield rest(key.key());
            }
            case Listed.Group group -> "[" + rest(group.commonPrefix()) + "]";
        };
    }

    @Test
    void limitsAreEnforced() {
        byte[] longest = Arrays.copyOf(space, Limits.KEY_BYTES);
        byte[] largest = new byte[Limits.VALUE_BYTES];
        assertCommitted(keySpace().commit(Batch.builder().put(longest, largest).build()));
        assertArrayEquals(largest, keySpace().get(longest));
        assertEquals(1, keySpace().scan(Scan.prefix(longest, 10)).size());
        byte[] tooLong = Arrays.copyOf(space, Limits.KEY_BYTES + 1);
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().get(tooLong));
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().get(new byte[0]));
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().get(new byte[] {0, 'f'}));
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().get(new byte[] {-1}));
        assertCode(
                KeySpaceException.Code.LIMIT,
                () -> Batch.builder().put(k("v"), new byte[Limits.VALUE_BYTES + 1]));
        assertCode(KeySpaceException.Code.LIMIT, () -> Scan.prefix(space, 10_001));
        assertCode(KeySpaceException.Code.LIMIT, () -> Scan.prefix(space, 0));
        Batch.Builder tooLarge = Batch.builder();
        for (int i = 0; i < 16; i++) {
            tooLarge.put(k("v" + i), largest);
        }
        assertCode(KeySpaceException.Code.LIMIT, tooLarge::build);
        Batch.Builder large = Batch.builder();
        for (int i = 0; i < 15; i++) {
            large.put(k("v" + i), largest);
        }
        assertCommitted(keySpace().commit(large.build()));
        assertEquals(16, keySpace().scan(Scan.prefix(space, 100)).size());
    }

    static void assertCode(
            KeySpaceException.Code code, org.junit.jupiter.api.function.Executable e) {
        assertEquals(code, assertThrows(KeySpaceException.class, e).code());
    }

    @Test
    void idBlocksNeverOverlap() throws Exception {
        Set<Long> seen = ConcurrentHashMap.newKeySet();
        String name = "ids" + TESTS.get();
        assertEquals(1, keySpace().idBlock(name, 3));
        together(
                6,
                writer -> {
                    for (int i = 0; i < 10; i++) {
                        int count = 1 + (writer + i) % 4;
                        long first = keySpace().idBlock(name, count);
                        for (long id = first; id < first + count; id++) {
                            assertTrue(id > 3 && seen.add(id), "id " + id + " came twice");
                        }
                    }
                    return null;
                });
        assertFalse(seen.isEmpty());
        assertCode(KeySpaceException.Code.LIMIT, () -> keySpace().idBlock(name, 0));
    }

    @Test
    void theIdOfTheKeySpaceIsMadeOnceForEverybody() throws Exception {
        Set<UUID> ids = ConcurrentHashMap.newKeySet();
        together(
                6,
                writer -> {
                    ids.add(keySpace().id());
                    return null;
                });
        assertEquals(Set.of(keySpace().id()), ids);
    }

    @Test
    void theStoresClockRuns() {
        Instant first = keySpace().storeNow();
        Instant second = keySpace().storeNow();
        assertFalse(second.isBefore(first));
        assertTrue(Duration.between(first, Instant.now()).abs().toMinutes() < 5);
    }

    @Test
    void randomBatchesMatchAModel() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        TreeMap<String, byte[]> model = new TreeMap<>();
        for (int round = 0; round < 150; round++) {
            Batch.Builder batch = Batch.builder();
            TreeMap<String, byte[]> next = new TreeMap<>(model);
            boolean holds = true;
            for (int i = random.nextInt(3); i > 0; i--) {
                holds &= guard(batch, random, model);
            }
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                mutate(batch, random, next);
            }
            boolean committed = keySpace().commit(batch.build()).committed();
            assertEquals(holds, committed, seed.toString());
            if (committed) {
                model = next;
            }
        }
        List<Entry> all = keySpace().scan(Scan.prefix(space, 1_000));
        assertEquals(new ArrayList<>(model.keySet()), keys(all), seed.toString());
        for (Entry entry : all) {
            assertArrayEquals(model.get(rest(entry.key())), entry.value(), seed.toString());
        }
    }

    private boolean guard(Batch.Builder batch, Random random, TreeMap<String, byte[]> model) {
        String key = "k" + random.nextInt(12);
        byte[] held = model.get(key);
        if (random.nextInt(4) > 0) {
            batch.unchanged(k(key), held);
            return true;
        }
        if (random.nextBoolean()) {
            batch.absent(k(key));
            return held == null;
        }
        byte[] value = {(byte) random.nextInt(256)};
        batch.holds(k(key), value);
        return Arrays.equals(held, value);
    }

    private void mutate(Batch.Builder batch, Random random, TreeMap<String, byte[]> next) {
        String key = "k" + random.nextInt(12);
        switch (random.nextInt(5)) {
            case 0, 1 -> {
                byte[] value = Keys.counter(random.nextInt(1_000));
                batch.put(k(key), value);
                next.put(key, value);
            }
            case 2 -> {
                batch.delete(k(key));
                next.remove(key);
            }
            case 3 -> {
                int delta = random.nextInt(100) - 50;
                batch.add(k(key), delta);
                next.put(key, Keys.counter(Keys.counter(next.get(key)) + delta));
            }
            default -> {
                String to = "k" + random.nextInt(12);
                batch.deleteRange(k(key), k(to));
                if (key.compareTo(to) < 0) {
                    next.subMap(key, to).clear();
                }
            }
        }
    }

    /** Runs the same work on many virtual threads at once and returns what each answered. */
    static <T> List<T> together(int threads, Work<T> work) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<T>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                tasks.add(() -> work.run(number));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> future : executor.invokeAll(tasks)) {
                answers.add(future.get());
            }
            return answers;
        }
    }

    interface Work<T> {
        T run(int number) throws Exception;
    }
}
