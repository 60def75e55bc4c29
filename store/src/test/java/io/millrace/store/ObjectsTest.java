package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Crc64;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.CopyObject;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectsTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Tag("slow")
    @Test
    void bytesOfEverySizeComeBackWithTheirDigests() throws Exception {
        int[] sizes = {
            0, 1, 16_383, 16_384, 16_385, 65_536, 262_144, 262_145, 1_048_576, 3_000_001, 9_000_000
        };
        try (Fixture fixture = Fixture.open(directory)) {
            for (int size : sizes) {
                byte[] bytes = Fixture.bytes(size, size);
                for (long declared : new long[] {size, -1}) {
                    String key = "k" + size + "/" + declared;
                    PutOutcome outcome =
                            fixture.objects()
                                    .put(
                                            PutObject.of(BUCKET, key, declared),
                                            new ByteArrayInputStream(bytes));
                    ObjectInfo info =
                            assertInstanceOf(PutOutcome.Stored.class, outcome, key).info();
                    assertEquals(size, info.sizeBytes());
                    assertEquals(md5(bytes), info.etag());
                    assertEquals(Crc64.of(bytes), info.crc64());
                }
            }
            fixture.reopen();
            for (int size : sizes) {
                for (long declared : new long[] {size, -1}) {
                    assertArrayEquals(
                            Fixture.bytes(size, size), fixture.get("k" + size + "/" + declared));
                }
            }
        }
    }

    @Test
    void anyRangeReadsTheSameBytes() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            byte[] bytes = Fixture.bytes(1, 700_001);
            fixture.put("a", bytes);
            ObjectReader reader = fixture.objects().open(BUCKET, "a").orElseThrow();
            java.util.Random random = new java.util.Random(3);
            for (int i = 0; i < 100; i++) {
                int from = random.nextInt(bytes.length);
                int length = random.nextInt(bytes.length - from + 1);
                byte[] wanted = Arrays.copyOfRange(bytes, from, from + length);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try (InputStream in = reader.range(from, length)) {
                    out.write(in.readNBytes(random.nextInt(5000)));
                    in.transferTo(out);
                }
                assertArrayEquals(wanted, out.toByteArray());
                byte[] into = new byte[length + 3];
                assertEquals(length, reader.read(from, into, 2, length));
                assertArrayEquals(wanted, Arrays.copyOfRange(into, 2, 2 + length));
            }
            assertEquals(0, reader.read(bytes.length, new byte[1], 0, 1));
        }
    }

    @Test
    void wrongDigestsStoreNothing() throws Exception {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int size : new int[] {100, 50_000, 2_000_000}) {
                byte[] bytes = Fixture.bytes(5, size);
                byte[] sha = MessageDigest.getInstance("SHA-256").digest(bytes);
                byte[] md5 = MessageDigest.getInstance("MD5").digest(bytes);
                ExpectedDigests right = new ExpectedDigests(md5, Crc64.of(bytes), sha);
                assertInstanceOf(
                        PutOutcome.Stored.class,
                        fixture.objects().put(PutObject.of(BUCKET, "r", size).with(right), bytes));
                for (ExpectedDigests wrong :
                        List.of(
                                new ExpectedDigests(new byte[16], null, null),
                                new ExpectedDigests(null, 7L, null),
                                new ExpectedDigests(null, null, new byte[32]))) {
                    assertInstanceOf(
                            PutOutcome.DigestMismatch.class,
                            fixture.objects()
                                    .put(PutObject.of(BUCKET, "w", size).with(wrong), bytes));
                }
            }
            assertTrue(fixture.objects().head(BUCKET, "w").isEmpty());
        }
    }

    @Test
    void aBodyThatFailsOrEndsEarlyStoresNothing() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int size : new int[] {10, 20_000, 3_000_000}) {
                PutObject request = PutObject.of(BUCKET, "a", size + 1);
                assertEquals(
                        new PutOutcome.IncompleteBody(size + 1, size),
                        fixture.objects().put(request, new ByteArrayInputStream(new byte[size])));
                assertEquals(
                        StoreException.Code.INVALID_ARGUMENT,
                        code(
                                () ->
                                        fixture.objects()
                                                .put(
                                                        PutObject.of(BUCKET, "a", size - 1),
                                                        new ByteArrayInputStream(new byte[size]))));
                assertEquals(
                        StoreException.Code.BODY_FAILED,
                        code(() -> fixture.objects().put(request, failing(size / 2))));
            }
            assertTrue(fixture.objects().head(BUCKET, "a").isEmpty());
        }
    }

    @Test
    void conditionsAreJudgedAgainstTheCurrentObject() {
        try (Fixture fixture = Fixture.open(directory)) {
            PutObject request = PutObject.of(BUCKET, "a", 1);
            byte[] one = {1};
            PutOutcome.PreconditionFailed none =
                    assertInstanceOf(
                            PutOutcome.PreconditionFailed.class,
                            fixture.objects()
                                    .put(request.with(WriteConditions.ifMatch("abc")), one));
            assertNull(none.current());
            assertInstanceOf(
                    PutOutcome.Stored.class,
                    fixture.objects().put(request.with(WriteConditions.ABSENT), one));
            ObjectInfo info = fixture.objects().head(BUCKET, "a").orElseThrow();
            assertEquals(
                    new PutOutcome.PreconditionFailed(info),
                    fixture.objects().put(request.with(WriteConditions.ABSENT), one));
            assertInstanceOf(
                    PutOutcome.Stored.class,
                    fixture.objects()
                            .put(
                                    request.with(WriteConditions.ifMatch(info.etag())),
                                    new byte[] {2}));
            assertInstanceOf(
                    DeleteOutcome.PreconditionFailed.class,
                    fixture.objects().delete(BUCKET, "a", WriteConditions.ifMatch(info.etag())));
        }
    }

    @Test
    void keysAreTheBytesGiven() {
        try (Fixture fixture = Fixture.open(directory)) {
            String composed = Normalizer.normalize("é", Normalizer.Form.NFC);
            String decomposed = Normalizer.normalize("é", Normalizer.Form.NFD);
            String longest = "ü".repeat(512);
            List<String> keys =
                    List.of(
                            composed,
                            decomposed,
                            longest,
                            "a/../b",
                            "//",
                            "/",
                            " ",
                            "a\u0000b",
                            "\uD83D\uDE00",
                            "a\nb",
                            "%2e",
                            ".",
                            "..");
            for (String key : keys) {
                fixture.put(key, key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            for (String key : keys) {
                assertArrayEquals(
                        key.getBytes(java.nio.charset.StandardCharsets.UTF_8), fixture.get(key));
            }
            Listing all = fixture.objects().list(new ListObjects(BUCKET, "", "", "", 1000));
            assertEquals(keys.size(), all.entries().size());
            for (String wrong : List.of("", "a".repeat(1025), "ü".repeat(513), "\uD83D")) {
                assertEquals(
                        StoreException.Code.INVALID_ARGUMENT,
                        code(() -> fixture.put(wrong, new byte[1])));
            }
        }
    }

    @Test
    void metadataComesBackAndItsSizeIsBounded() {
        try (Fixture fixture = Fixture.open(directory)) {
            ObjectMetadata metadata =
                    new ObjectMetadata(
                            "image/jpeg",
                            Map.of("cache-control", "no-cache", "content-encoding", "gzip"),
                            Map.of("author", "Jörg", "empty", ""));
            fixture.objects().put(PutObject.of(BUCKET, "a", 1).with(metadata), new byte[1]);
            assertEquals(metadata, fixture.objects().head(BUCKET, "a").orElseThrow().metadata());
            ObjectMetadata large =
                    new ObjectMetadata(null, Map.of(), Map.of("a", "x".repeat(8192)));
            assertEquals(
                    StoreException.Code.INVALID_ARGUMENT,
                    code(
                            () ->
                                    fixture.objects()
                                            .put(
                                                    PutObject.of(BUCKET, "a", 1).with(large),
                                                    new byte[1])));
        }
    }

    @Test
    void anOpenReaderKeepsItsBytesWhileTheObjectChanges() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int size : new int[] {10, 100_000}) {
                byte[] first = Fixture.bytes(1, size);
                fixture.put("a", first);
                ObjectReader reader = fixture.objects().open(BUCKET, "a").orElseThrow();
                fixture.put("a", Fixture.bytes(2, size));
                fixture.objects().delete(BUCKET, "a");
                fixture.store.maintain();
                assertArrayEquals(first, Fixture.read(reader));
            }
        }
    }

    @Test
    void aCopySharesTheExtentsAndOutlivesItsSource() {
        try (Fixture fixture = Fixture.open(directory)) {
            for (int size : new int[] {0, 10, 200_000}) {
                byte[] bytes = Fixture.bytes(size, size);
                ObjectMetadata jpeg = ObjectMetadata.ofType("image/jpeg");
                fixture.objects().put(PutObject.of(BUCKET, "from", size).with(jpeg), bytes);
                long before = used(fixture);
                CopyObject request = CopyObject.of(BUCKET, "from", BUCKET, "to");
                ObjectInfo kept =
                        assertInstanceOf(CopyOutcome.Copied.class, fixture.objects().copy(request))
                                .info();
                assertEquals(jpeg, kept.metadata());
                ObjectMetadata png = ObjectMetadata.ofType("image/png");
                assertInstanceOf(
                        CopyOutcome.Copied.class,
                        fixture.objects()
                                .copy(CopyObject.of(BUCKET, "to", BUCKET, "to").with(png)));
                assertEquals(before, used(fixture), "no bytes are copied");
                fixture.objects().delete(BUCKET, "from");
                for (int i = 0; i < 4; i++) {
                    fixture.clock.advance(Duration.ofHours(1));
                    fixture.store.maintain();
                }
                assertArrayEquals(bytes, fixture.get("to"));
                ObjectInfo now = fixture.objects().head(BUCKET, "to").orElseThrow();
                assertEquals(png, now.metadata());
                assertEquals(kept.etag(), now.etag());
                assertEquals(kept.crc64(), now.crc64());
            }
            assertInstanceOf(
                    CopyOutcome.NoSuchSource.class,
                    fixture.objects().copy(CopyObject.of(BUCKET, "from", BUCKET, "x")));
            ReadConditions other = new ReadConditions(List.of("other"), null, null, null);
            assertInstanceOf(
                    CopyOutcome.SourceConditionFailed.class,
                    fixture.objects().copy(CopyObject.of(BUCKET, "to", BUCKET, "x").with(other)));
        }
    }

    @Test
    void manyAreDeletedAtOnceInTheOrderAsked() {
        try (Fixture fixture = Fixture.open(directory)) {
            List<String> keys = new java.util.ArrayList<>();
            for (int i = 0; i < 250; i++) {
                keys.add("k" + i);
                if (i % 3 != 0) {
                    fixture.put("k" + i, new byte[i]);
                }
            }
            keys.add("k1");
            List<DeleteOutcome> outcomes = fixture.objects().deleteMany(BUCKET, keys);
            for (int i = 0; i < 250; i++) {
                assertEquals(i % 3 != 0, outcomes.get(i) instanceof DeleteOutcome.Deleted, "k" + i);
            }
            assertEquals(outcomes.get(1), outcomes.get(250));
            fixture.assertStatistics(0, 0);
        }
    }

    @Test
    void aDeletionTakesAtMostAThousandKeys() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("a", new byte[1]);
            List<String> keys = java.util.Collections.nCopies(1000, "a");
            List<String> more = java.util.Collections.nCopies(1001, "a");
            assertEquals(
                    StoreException.Code.INVALID_ARGUMENT,
                    code(() -> fixture.objects().deleteMany(BUCKET, more)));
            assertTrue(fixture.objects().head(BUCKET, "a").isPresent());
            assertEquals(1000, fixture.objects().deleteMany(BUCKET, keys).size());
            assertTrue(fixture.objects().head(BUCKET, "a").isEmpty());
        }
    }

    @Test
    void aListsPrefixAndItsMarkerMayBeAsLongAsAKey() {
        try (Fixture fixture = Fixture.open(directory)) {
            String longest = "k".repeat(1024);
            fixture.put(longest, new byte[1]);
            assertEquals(1, list(fixture, longest, "").entries().size());
            assertEquals(1, list(fixture, "k", longest.substring(1)).entries().size());
            assertTrue(list(fixture, "", longest).entries().isEmpty());
            assertTrue(list(fixture, longest + "k", "").entries().isEmpty());
            assertTrue(list(fixture, "k".repeat(8_000), "").entries().isEmpty());
            assertEquals(
                    StoreException.Code.INVALID_ARGUMENT,
                    code(() -> list(fixture, "", longest + "k")));
        }
    }

    private static Listing list(Fixture fixture, String prefix, String after) {
        return fixture.objects().list(new ListObjects(BUCKET, prefix, "", after, 10));
    }

    @Test
    void manyKeysOfTheGreatestLengthAndMetadataAreDeletedTogether() {
        Fixture hasty = Fixture.hasty(directory, Fixture.quick(), () -> Fixture.rocks(directory));
        try (Fixture fixture = hasty) {
            List<String> keys = new java.util.ArrayList<>();
            ObjectMetadata metadata =
                    new ObjectMetadata(
                            "image/png",
                            java.util.Map.of(),
                            java.util.Map.of("note", "n".repeat(8_100)));
            for (int i = 0; i < 300; i++) {
                String key = "%04d".formatted(i).repeat(256).substring(0, 1_023);
                keys.add(key);
                byte[] bytes = Fixture.bytes(i, 10);
                fixture.objects().put(PutObject.of(BUCKET, key, 10).with(metadata), bytes);
            }
            List<DeleteOutcome> outcomes = fixture.objects().deleteMany(BUCKET, keys);
            for (DeleteOutcome outcome : outcomes) {
                assertInstanceOf(DeleteOutcome.Deleted.class, outcome);
            }
            fixture.assertStatistics(0, 0);
        }
    }

    @Tag("slow")
    @Test
    void ofManyWritersOfAnAbsentKeyExactlyOneSucceeds() {
        try (Fixture fixture = Fixture.open(directory)) {
            List<java.util.concurrent.Callable<PutOutcome>> tasks = new java.util.ArrayList<>();
            for (int i = 0; i < 50; i++) {
                byte[] bytes = Fixture.bytes(i, i % 2 == 0 ? 100 : 30_000);
                tasks.add(
                        () ->
                                fixture.objects()
                                        .put(
                                                PutObject.of(BUCKET, "a", bytes.length)
                                                        .with(WriteConditions.ABSENT),
                                                bytes));
            }
            long stored =
                    Fixture.together(tasks).stream()
                            .filter(o -> o instanceof PutOutcome.Stored)
                            .count();
            assertEquals(1, stored);
        }
    }

    @Tag("slow")
    @Test
    void manyWritersOfOneKeyAllSucceedAndTheCountersStayRight() {
        try (Fixture fixture = Fixture.open(directory)) {
            List<java.util.concurrent.Callable<ObjectInfo>> tasks = new java.util.ArrayList<>();
            for (int i = 0; i < 64; i++) {
                byte[] bytes = Fixture.bytes(i, 1 + i * 500);
                tasks.add(() -> fixture.put("a", bytes));
            }
            Fixture.together(tasks);
            byte[] bytes = fixture.get("a");
            fixture.assertStatistics(1, bytes.length);
            assertEquals(
                    bytes.length, fixture.objects().head(BUCKET, "a").orElseThrow().sizeBytes());
        }
    }

    private static long used(Fixture fixture) {
        return fixture.extents.list().stream().mapToLong(v -> v.usedBytes()).sum();
    }

    private static StoreException.Code code(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(StoreException.class, executable).code();
    }

    private static InputStream failing(int after) {
        return new InputStream() {
            private int left = after;

            @Override
            public int read() throws IOException {
                if (left-- <= 0) {
                    throw new IOException("connection reset");
                }
                return 1;
            }
        };
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }
}
