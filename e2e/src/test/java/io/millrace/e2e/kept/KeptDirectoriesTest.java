package io.millrace.e2e.kept;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import com.aliyun.oss.model.AppendObjectRequest;
import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.Devices;
import io.millrace.access.MasterKey;
import io.millrace.access.Resolution;
import io.millrace.access.Sessions;
import io.millrace.app.MillraceServer;
import io.millrace.e2e.Clients;
import io.millrace.e2e.backup.MillraceCommand;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.uploads.CompleteOutcome;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartListing;
import io.millrace.store.uploads.UploadInfo;
import io.millrace.testkit.TestClock;
import io.millrace.work.Leases;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What earlier versions wrote, today's opens and reads back whole, byte for byte, and goes on from.
 */
class KeptDirectoriesTest {
    @TempDir Path directory;

    static List<KeptDirectory> kept() {
        return KeptDirectory.all();
    }

    static List<KeptDirectory> withExpiring() {
        return kept().stream().filter(k -> k.expected().has("expiring")).toList();
    }

    @ParameterizedTest
    @MethodSource("kept")
    void everyRowOfTheKeySpaceIsThereAsItWasWritten(KeptDirectory kept) {
        Path data = kept.unpack(directory.resolve("data"));
        JsonNode rows = kept.expected().path("rows");
        assertTrue(rows.size() > 100, "only " + rows.size() + " rows were kept");
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"))) {
            for (JsonNode row : rows) {
                String[] words = row.asText().split(" ", 2);
                byte[] found = keySpace.get(HexFormat.of().parseHex(words[0]));
                assertNotNull(found, () -> "the row " + words[0] + " is gone");
                assertArrayEquals(Base64.getDecoder().decode(words[1]), found, words[0]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kept")
    void verifyKnowsEveryRowAndFindsNothing(KeptDirectory kept) throws Exception {
        Path data = kept.unpack(directory.resolve("data"));
        try (MillraceCommand verify =
                MillraceCommand.start(Map.of(), "verify", "--data", data.toString())) {
            assertEquals(0, verify.finish(Duration.ofMinutes(2)), verify::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("kept")
    void everythingReadsBackAndStaysWhileWritingGoesOn(KeptDirectory kept) throws Exception {
        Path data = kept.unpack(directory.resolve("data"));
        JsonNode expected = kept.expected();
        List<String> purges = purges(data);
        try (MillraceServer server = open(data, expected)) {
            awaitEmptySpool(server, data, expected);
            new ReadBack(server, expected).everything();
            assertTrue(purges(data).containsAll(purges), "the edge forgot purges");
            writeOn(server, expected, 1);
        }
        try (MillraceServer server = open(data, expected)) {
            new ReadBack(server, expected).everything();
            writeOn(server, expected, 2);
            server.store().maintain();
        }
        try (MillraceServer server = open(data, expected)) {
            new ReadBack(server, expected).everything();
        }
    }

    /** The lines of the edge's journal. */
    private static List<String> purges(Path data) throws IOException {
        Path journal = data.resolve("edge").resolve("purges.log");
        return Files.exists(journal) ? Files.readAllLines(journal) : List.of();
    }

    @ParameterizedTest
    @MethodSource("withExpiring")
    void whatEndsByItselfReadsBackAtItsOwnTime(KeptDirectory kept) {
        Path data = kept.unpack(directory.resolve("data"));
        JsonNode expiring = kept.expected().path("expiring");
        TestClock clock = new TestClock(Instant.parse(expiring.path("at").asText()));
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"));
                Leases leases =
                        Leases.open(
                                keySpace, "kept", Leases.Options.standard(), clock.monotonic());
                Access access =
                        Access.open(
                                keySpace,
                                leases,
                                MasterKey.loadOrCreate(data.resolve("master.key"), keySpace),
                                AccessOptions.defaults(),
                                clock.clocks());
                Extents extents =
                        LocalExtents.open(
                                List.of(data.resolve("extents")), ExtentsOptions.standard());
                Store store = Store.open(keySpace, leases, extents, unhurried(), clock.clocks())) {
            people(access, expiring);
            changes(store, expiring);
            for (JsonNode upload : expiring.path("uploads")) {
                upload(store, upload);
            }
        }
    }

    private static void people(Access access, JsonNode expiring) {
        Sessions.ConsoleSession session =
                access.sessions().find(expiring.path("cookie").asText()).orElseThrow();
        assertTrue(access.sessions().csrfMatches(session, expiring.path("csrf").asText()));
        assertInstanceOf(
                Sessions.SignIn.SignedIn.class,
                access.sessions().redeem(expiring.path("link").asText(), "127.0.0.1"));
        assertInstanceOf(
                Devices.EnrolOutcome.Enrolled.class,
                access.devices().enrol(expiring.path("enrolmentCode").asText(), "127.0.0.1"));
        for (String token : List.of("roleToken", "deviceToken")) {
            JsonNode credentials = expiring.path(token);
            Resolution found =
                    access.resolve(
                            credentials.path("id").asText(), credentials.path("token").asText());
            assertEquals(
                    credentials.path("secret").asText(),
                    assertInstanceOf(Resolution.Resolved.class, found, token).secret(),
                    token);
        }
    }

    private static void changes(Store store, JsonNode expiring) {
        int shard = 0;
        for (JsonNode kept : expiring.path("changes")) {
            long trimmed = store.changes().trimmed(shard);
            assertEquals(kept.path("head").asLong(), store.changes().head(shard));
            assertEquals(kept.path("trimmed").asLong(), trimmed);
            assertEquals(
                    kept.path("records").asInt(),
                    store.changes().read(shard, trimmed, 10_000).size());
            shard++;
        }
        assertEquals(store.changes().shards(), shard);
    }

    /** An open upload is listed with its parts, and completes. */
    private static void upload(Store store, JsonNode kept) {
        String bucket = kept.path("bucket").asText();
        String key = kept.path("key").asText();
        String id = kept.path("id").asText();
        UploadInfo upload = store.uploads().get(bucket, key, id).orElseThrow();
        assertEquals(kept.path("initiated").asText(), upload.initiated().toString());
        ReadBack.metadata(kept, upload.metadata(), key);
        PartListing parts = store.uploads().listParts(bucket, key, id, 0, 1000).orElseThrow();
        List<String> found = parts.parts().stream().map(KeptDirectoriesTest::text).toList();
        List<String> wanted = new ArrayList<>();
        for (JsonNode p : kept.path("parts")) {
            wanted.add(
                    "%s %s %s %s"
                            .formatted(
                                    p.path("number").asText(),
                                    p.path("size").asText(),
                                    p.path("etag").asText(),
                                    p.path("crc64").asText()));
        }
        assertEquals(wanted, found, key);
        if (!found.isEmpty()) {
            CompleteOutcome outcome =
                    store.uploads()
                            .complete(
                                    new CompleteUpload(
                                            bucket,
                                            key,
                                            id,
                                            List.of(),
                                            ExpectedDigests.NONE,
                                            WriteConditions.NONE));
            assertInstanceOf(CompleteOutcome.Completed.class, outcome, key);
        }
    }

    private static String text(PartInfo part) {
        return "%d %d %s %s"
                .formatted(
                        part.number(),
                        part.sizeBytes(),
                        part.etag(),
                        Long.toUnsignedString(part.crc64()));
    }

    /** As set by default, but no small part is refused and nothing is swept. */
    private static StoreOptions unhurried() {
        StoreOptions d = StoreOptions.defaults();
        return new StoreOptions(
                d.region(),
                d.inlineBytes(),
                0,
                d.bucketCache(),
                d.grace(),
                d.uploadExpiry(),
                d.logRetention(),
                Duration.ZERO,
                d.scrub());
    }

    private static MillraceServer open(Path data, JsonNode expected) {
        return MillraceServer.open(
                Map.of(
                        "data", data.toString(),
                        "bind", "127.0.0.1",
                        "root-key",
                                expected.path("root").path("id").asText()
                                        + ":"
                                        + expected.path("root").path("secret").asText(),
                        "doors.object.port", "0",
                        "doors.console.port", "0",
                        "doors.edge.port", "0",
                        "doors.rtmp.port", "0",
                        "live.grace", "2s"));
    }

    /**
     * Segments that waited in the spool come into the store, cut-off sessions end, and what is
     * written after that is: the last form of their playlists.
     */
    private static void awaitEmptySpool(MillraceServer server, Path data, JsonNode expected)
            throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (waiting(data) || !allEnded(server) || !playlistsWritten(server, expected)) {
            assertTrue(
                    System.nanoTime() < end, "the spool does not empty, or a session never ends");
            Thread.sleep(50);
        }
    }

    private static boolean waiting(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("spool"))) {
            return files.findAny().isPresent();
        }
    }

    private static boolean allEnded(MillraceServer server) {
        return server.live().streams().list().stream()
                .flatMap(s -> server.live().recordings().list(s.name(), "", 100).stream())
                .allMatch(r -> r.endedAt() != null);
    }

    private static boolean playlistsWritten(MillraceServer server, JsonNode expected) {
        for (JsonNode bucket : expected.path("buckets")) {
            String name = bucket.path("name").asText();
            if (name.equals("recordings")
                    && server.store().statistics(name).bytes() < bucket.path("bytes").asLong()) {
                return false;
            }
        }
        return true;
    }

    /** Writes, overwrites, appends and deletes beside and on what was kept. */
    private static void writeOn(MillraceServer server, JsonNode expected, int round)
            throws Exception {
        String id = expected.path("root").path("id").asText();
        String secret = expected.path("root").path("secret").asText();
        String door = "http://127.0.0.1:" + server.objectPort();
        OSS oss = Clients.oss(java.net.URI.create(door), id, secret, null);
        try (S3Client s3 = Clients.s3(java.net.URI.create(door), id, secret)) {
            if (round == 1) {
                s3.createBucket(b -> b.bucket("written-later"));
            }
            for (int size : new int[] {0, 10, 20_000, 1_500_000}) {
                byte[] bytes = new byte[size];
                Arrays.fill(bytes, (byte) round);
                String key = "put/" + size;
                s3.putObject(b -> b.bucket("written-later").key(key), RequestBody.fromBytes(bytes));
                assertArrayEquals(
                        bytes,
                        s3.getObjectAsBytes(b -> b.bucket("written-later").key(key)).asByteArray());
            }
            s3.deleteObject(b -> b.bucket("written-later").key("put/20000"));
            appendAndCheck(oss, s3, round);
        } finally {
            oss.shutdown();
        }
    }

    private static void appendAndCheck(OSS oss, S3Client s3, int round) {
        byte[] more = new byte[5_000];
        Arrays.fill(more, (byte) round);
        AppendObjectRequest request =
                new AppendObjectRequest("written-later", "grown", new ByteArrayInputStream(more));
        request.setPosition((round - 1) * 5_000L);
        oss.appendObject(request);
        byte[] all = s3.getObjectAsBytes(b -> b.bucket("written-later").key("grown")).asByteArray();
        assertEquals(round * 5_000, all.length);
        assertEquals(round, all[all.length - 1]);
    }
}
