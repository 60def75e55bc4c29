import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.AssumeOutcome;
import io.millrace.access.AssumeRoleRequest;
import io.millrace.access.Caller;
import io.millrace.access.Devices;
import io.millrace.access.MasterKey;
import io.millrace.access.RequestContext;
import io.millrace.access.RootKey;
import io.millrace.access.Sessions;
import io.millrace.access.TemporaryCredentials;
import io.millrace.app.MillraceServer;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.Scan;
import io.millrace.live.Live;
import io.millrace.live.LiveOptions;
import io.millrace.live.StreamInfo;
import io.millrace.live.Streams;
import io.millrace.signing.AccessKey;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.signing.UrlAuth;
import io.millrace.store.AppendObject;
import io.millrace.store.AppendOutcome;
import io.millrace.store.BucketAcl;
import io.millrace.store.CompleteOutcome;
import io.millrace.store.CompleteUpload;
import io.millrace.store.CopyObject;
import io.millrace.store.CorsRule;
import io.millrace.store.ExpectedDigests;
import io.millrace.store.ListObjects;
import io.millrace.store.Listing;
import io.millrace.store.ObjectInfo;
import io.millrace.store.ObjectMetadata;
import io.millrace.store.PutObject;
import io.millrace.store.ReadConditions;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.UploadInfo;
import io.millrace.store.UploadPart;
import io.millrace.store.UploadPartCopy;
import io.millrace.store.WriteConditions;
import io.millrace.work.JobQueue;
import io.millrace.work.Leases;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes the data directories that every later Millrace must open and read back whole.
 *
 * <p>Runs with the classes of Millrace 0.1 and no others; see README.md beside it. Two directories:
 * {@code stopped} holds every form of record that 0.1 writes and was stopped cleanly, {@code killed}
 * was left by kill −9 in the middle of puts, appends and a live push. Beside each stands what 0.1
 * itself reads from it.
 */
final class Generate {
    static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Made for this directory alone; these open nothing else. */
    static final RootKey ROOT = new RootKey("KEPTROOT000000000001", "kept-root-secret-of-a-test-only-1");

    static final String PASSWORD = "kept password of a test only 1";

    /** A clock that can be set back. */
    static final class Clock implements InstantSource {
        volatile Duration shift = Duration.ZERO;

        @Override
        public Instant instant() {
            return Instant.now().plus(shift);
        }
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("storm")) {
            storm(Path.of(arguments[1]));
            return;
        }
        Path work = Path.of(arguments[0]).toAbsolutePath();
        Path out = Path.of(arguments[1]).toAbsolutePath();
        Files.createDirectories(work);
        make(work.resolve("stopped"), out, stopped(work.resolve("stopped")));
        make(work.resolve("killed"), out, killed(work.resolve("killed")));
        System.exit(0);
    }

    // ---------------------------------------------------------------- the stopped directory

    static ObjectNode stopped(Path data) throws Exception {
        ObjectNode kept = JSON.createObjectNode();
        Files.createDirectories(data);
        objects(data, kept);
        people(data, kept);
        live(data, kept);
        work(data, kept);
        spooled(data, kept);
        expiring(data, kept);
        return kept;
    }

    /** Every form of the store, in volumes of 1 MiB, some changes as of days ago. */
    static void objects(Path data, ObjectNode kept) throws Exception {
        Clock clock = new Clock();
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"));
                Access access = access(data, keys, clock);
                LocalExtents extents = extents(data, ExtentsOptions.standard().withVolumeBytes(1 << 20));
                Store store = store(keys, extents, clock)) {
            access.bootstrap(ROOT);
            clock.shift = Duration.ofDays(-9);
            store.buckets().create("forms", "root", BucketAcl.PRIVATE);
            put(store, "forms", "old/replaced", 30, ObjectMetadata.NONE);
            put(store, "forms", "old/replaced", 31, ObjectMetadata.NONE);
            put(store, "forms", "old/gone", 900_000, ObjectMetadata.NONE);
            put(store, "forms", "old/gone-too", 900_000, ObjectMetadata.NONE);
            store.objects().delete("forms", "old/gone");
            store.objects().delete("forms", "old/gone-too");
            clock.shift = Duration.ofDays(-1);
            store.maintain();
            store.maintain();
            clock.shift = Duration.ZERO;
            buckets(store);
            plain(store);
            growing(store);
            multipart(store);
            copies(store);
            store.maintain();
            deletions(store);
        }
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"));
                LocalExtents extents = extents(data, ExtentsOptions.standard());
                Store store = store(keys, extents, clock)) {
            // A volume that is still open when everything stops.
            put(store, "forms", "open-volume/object", 100_000, ObjectMetadata.ofType("text/plain"));
        }
    }

    static void buckets(Store store) {
        store.buckets().create("readable", "root", BucketAcl.PUBLIC_READ);
        store.buckets().create("writable", "root", BucketAcl.PUBLIC_READ_WRITE);
        store.buckets().create("empty-bucket", "somebody", BucketAcl.PRIVATE);
        store.buckets().create("recordings", "root", BucketAcl.PRIVATE);
        store.buckets().create("cameras", "root", BucketAcl.PRIVATE);
        store.buckets()
                .setCors(
                        "readable",
                        List.of(
                                new CorsRule("named", List.of("https://a.example", "https://*.b.example"),
                                        List.of("GET", "PUT"), List.of("*"), List.of("ETag"), 600),
                                new CorsRule(null, List.of("*"), List.of("HEAD"), List.of(), List.of(), -1)));
        store.buckets().create("gone-bucket", "root", BucketAcl.PRIVATE);
        store.buckets().delete("gone-bucket");
    }

    static void plain(Store store) {
        put(store, "forms", "layout/empty", 0, ObjectMetadata.NONE);
        put(store, "forms", "layout/one-row", 10, ObjectMetadata.NONE);
        put(store, "forms", "layout/one-row-full", 16 * 1024, ObjectMetadata.NONE);
        put(store, "forms", "layout/direct", 16 * 1024 + 1, ObjectMetadata.NONE);
        put(store, "forms", "layout/direct-blocks", 3 * 65_536 + 17, ObjectMetadata.NONE);
        put(store, "forms", "layout/direct-volumes", 2_500_000, ObjectMetadata.NONE);
        put(store, "forms", "layout/direct-pieces", (64 << 20) + 4096, ObjectMetadata.NONE);
        ObjectMetadata all =
                new ObjectMetadata(
                        "text/plain; charset=utf-8",
                        Map.of("cache-control", "max-age=60", "content-disposition", "attachment; filename=\"a.txt\"",
                                "content-encoding", "identity", "content-language", "de",
                                "expires", "Thu, 01 Jan 2037 00:00:00 GMT"),
                        Map.of("colour", "blue", "name", "Grüße, 世界"));
        put(store, "forms", "metadata/all", 500, all);
        put(store, "forms", "metadata/large", 5, new ObjectMetadata("a/b", Map.of(), Map.of("x", "y".repeat(7000))));
        String[] keys = {"keys/ ", "keys/ä/世界/🎥", "keys/a//b/", "keys/a+b %25?#&=", "keys/" + "k".repeat(1019),
            "keys/\u0001control", "keys/dir/"};
        for (String key : keys) {
            put(store, "forms", key, 40, ObjectMetadata.NONE);
        }
        for (int i = 0; i < 60; i++) {
            put(store, "readable", "list/%03d".formatted(i), i, ObjectMetadata.NONE);
        }
        put(store, "writable", "once", 1000, ObjectMetadata.NONE);
        put(store, "writable", "once", 20_000, ObjectMetadata.NONE);
        put(store, "writable", "once", 2000, ObjectMetadata.NONE);
    }

    static void growing(Store store) {
        append(store, "grow/inline", 0, 100);
        append(store, "grow/inline", 100, 200);
        append(store, "grow/mixed", 0, 100);
        append(store, "grow/mixed", 100, 50_000);
        append(store, "grow/mixed", 50_100, 7);
        append(store, "grow/mixed", 50_107, 140_000);
        append(store, "grow/one", 0, 20_000);
        append(store, "grow/nothing", 0, 0);
        append(store, "grow/sealed", 0, 30_000);
        append(store, "grow/sealed", 30_000, 30);
        store.objects().seal("forms", "grow/sealed", 30_030);
        for (int i = 0; i < 300; i++) {
            append(store, "grow/many", i * 50L, 50);
        }
    }

    static void multipart(Store store) {
        UploadInfo two = begin(store, "parts/two");
        part(store, two, 1, 150_000);
        part(store, two, 2, 10);
        complete(store, two, List.of());
        UploadInfo replaced = begin(store, "parts/replaced");
        part(store, replaced, 3, 120_000);
        part(store, replaced, 3, 110_000);
        part(store, replaced, 7, 2000);
        part(store, replaced, 9, 5);
        complete(store, replaced, List.of(3, 9));
        UploadInfo many = begin(store, "parts/many");
        for (int i = 1; i <= 502; i++) {
            part(store, many, i, 20 + i % 7);
        }
        complete(store, many, List.of());
        UploadInfo copied = begin(store, "parts/copied");
        copyPart(store, copied, 1, "layout/direct-blocks", 1000, 150_000);
        copyPart(store, copied, 2, "grow/mixed", 50, 300);
        copyPart(store, copied, 3, "layout/one-row", 0, -1);
        complete(store, copied, List.of());
        UploadInfo open = begin(store, "parts/open");
        part(store, open, 1, 100_001);
        part(store, open, 2, 30);
        copyPart(store, open, 3, "layout/direct-blocks", 65_000, 70_000);
        begin(store, "parts/open-empty");
        UploadInfo aborted = begin(store, "parts/aborted");
        part(store, aborted, 1, 20_000);
        store.uploads().abort("forms", "parts/aborted", aborted.uploadId());
    }

    static void copies(Store store) {
        copy(store, "layout/direct-blocks", "copies/direct", null);
        copy(store, "layout/one-row", "copies/one-row", ObjectMetadata.ofType("image/x-other"));
        copy(store, "grow/mixed", "copies/appended", null);
        copy(store, "parts/two", "copies/multipart", null);
        copy(store, "copies/multipart", "copies/multipart-again", null);
        copy(store, "parts/copied", "copies/slices", null);
        copy(store, "layout/empty", "copies/empty", null);
        put(store, "forms", "copies/source-gone", 200_000, ObjectMetadata.NONE);
        copy(store, "copies/source-gone", "copies/of-gone", null);
        store.objects().delete("forms", "copies/source-gone");
        append(store, "copies/grown-gone", 0, 18_000);
        copy(store, "copies/grown-gone", "copies/of-grown-gone", null);
        store.objects().delete("forms", "copies/grown-gone");
    }

    /** Deletions that wait for their grace: an object of each layout, a part, an upload. */
    static void deletions(Store store) {
        for (int size : new int[] {0, 10, 70_000}) {
            put(store, "forms", "deleted/" + size, size, ObjectMetadata.NONE);
            store.objects().delete("forms", "deleted/" + size);
        }
        append(store, "deleted/grown", 0, 18_000);
        append(store, "deleted/grown", 18_000, 10);
        store.objects().delete("forms", "deleted/grown");
        UploadInfo aborted = begin(store, "deleted/upload");
        part(store, aborted, 1, 25_000);
        part(store, aborted, 1, 26_000);
        store.uploads().abort("forms", "deleted/upload", aborted.uploadId());
    }

    /** Users, roles, policies, devices, domains, purges, by the whole server and its doors. */
    static void people(Path data, ObjectNode kept) throws Exception {
        try (MillraceServer server = server(data)) {
            Access access = server.access();
            access.policies().put("read-forms", """
                    {"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject","oss:ListObjects"],\
                    "Resource":["acs:oss:*:*:forms","acs:oss:*:*:forms/*"]}]}""").orThrow();
            access.users().setPassword("admin", PASSWORD).orThrow();
            access.users().create("anna", PASSWORD, List.of("read-forms")).orThrow();
            access.users().create("bert", null, List.of("ReadOnlyAccess", "UploadAccess")).orThrow();
            access.users().create("carl", null, List.of()).orThrow();
            access.users().setEnabled("carl", false).orThrow();
            access.users().create("dora", null, List.of()).orThrow();
            access.users().delete("dora").orThrow();
            ArrayNode keys = kept.putArray("userKeys");
            key(keys, access, "anna", true);
            key(keys, access, "bert", true);
            key(keys, access, "bert", false);
            access.roles().create("uploader", """
                    {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",\
                    "Principal":{"RAM":["acs:ram::100000000000:root"]}}]}""",
                    Duration.ofHours(12), List.of("UploadAccess")).orThrow();
            access.setDeviceHook(URI.create("http://127.0.0.1:1/asked")).orThrow();
            access.setDeviceHook(null).orThrow();
            devices(kept, access);
            domains(kept, server);
            edgeCache(kept, server);
            image(server);
        }
    }

    static void key(ArrayNode keys, Access access, String user, boolean enabled) {
        RootKey key = access.keys().create(user).orThrow();
        if (!enabled) {
            access.keys().setEnabled(key.id(), false).orThrow();
        }
        keys.addObject().put("user", user).put("id", key.id()).put("secret", key.secret()).put("enabled", enabled);
    }

    static void devices(ObjectNode kept, Access access) {
        ArrayNode secrets = kept.putArray("deviceSecrets");
        for (String id : List.of("cam1", "cam2")) {
            Devices.Enrolment enrolment = access.devices().register(id, "cameras", id + "/").orThrow();
            var enrolled = (Devices.EnrolOutcome.Enrolled) access.devices().enrol(enrolment.code(), "127.0.0.1");
            secrets.addObject().put("device", id).put("secret", enrolled.secret());
        }
        access.devices().register("cam-waiting", "cameras", "waiting/").orThrow();
        access.devices().disable("cam2").orThrow();
    }

    static void domains(ObjectNode kept, MillraceServer server) throws Exception {
        Path key = Files.createTempFile("kept", ".key");
        Path certificate = Files.createTempFile("kept", ".pem");
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", key.toString(), "-out", certificate.toString(), "-days", "36500",
                "-subj", "/CN=video.kept.example", "-addext", "subjectAltName=DNS:video.kept.example");
        ObjectNode video = JSON.createObjectNode().put("host", "video.kept.example").put("ttlSeconds", 60)
                .put("certificatePem", Files.readString(certificate)).put("privateKeyPem", Files.readString(key));
        video.putObject("origin").put("type", "stream").put("stream", "show");
        video.putObject("auth").put("type", "A").put("key", "keptkeptkeptkept0001")
                .put("backupKey", "keptkeptkeptkept0002").put("validitySeconds", 1800);
        console(server, "POST", "/api/domains", video.toString());
        ObjectNode images = JSON.createObjectNode().put("host", "img.kept.example");
        images.putObject("origin").put("type", "bucket").put("bucket", "readable").put("prefix", "list/");
        console(server, "POST", "/api/domains", images.toString());
        console(server, "POST", "/api/purges", "{\"kind\":\"url\",\"path\":\"/readable/list/001\"}");
        console(server, "POST", "/api/purges",
                "{\"kind\":\"prefix\",\"host\":\"img.kept.example\",\"path\":\"/a/\"}");
        console(server, "POST", "/api/purges", "{\"kind\":\"all\"}");
        kept.put("certificate", Files.readString(certificate));
    }

    /** Something cached, something purged, and the purges' journal. */
    static void edgeCache(ObjectNode kept, MillraceServer server) throws Exception {
        put(server.store(), "readable", "cached/small", 900,
                new ObjectMetadata("text/plain", Map.of("cache-control", "public, max-age=31536000"), Map.of()));
        put(server.store(), "readable", "cached/large", 1_300_000,
                new ObjectMetadata("text/plain", Map.of("cache-control", "public, max-age=31536000"), Map.of()));
        Path journal = data(server).resolve("edge").resolve("purges.log");
        await("the edge's purges", () -> lines(journal) >= 3);
        for (String path : List.of("/readable/cached/small", "/readable/cached/large", "/readable/list/010")) {
            for (int i = 0; i < 3; i++) {
                String proof = UrlAuth.A.sign(path, Instant.now().getEpochSecond() + 600, "r", "0",
                        server.access().playbackKey());
                get(URI.create("http://127.0.0.1:" + server.edgePort() + path + "?auth_key=" + proof));
            }
        }
        int before = lines(journal);
        console(server, "POST", "/api/purges", "{\"kind\":\"url\",\"path\":\"/readable/list/010\"}");
        await("one purge more", () -> lines(journal) > before);
    }

    static void image(MillraceServer server) throws Exception {
        Path picture = Files.createTempFile("kept", ".png");
        run("ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=64x48",
                "-frames:v", "1", picture.toString());
        byte[] bytes = Files.readAllBytes(picture);
        server.store().objects().put(
                PutObject.of("forms", "media/picture.png", bytes.length).with(ObjectMetadata.ofType("image/png")), bytes);
        await("the probe", () -> server.media().probe("forms", "media/picture.png").isPresent());
    }

    /** A recording that ended, one that was running when the server stopped, and a camera. */
    static void live(Path data, ObjectNode kept) throws Exception {
        StreamInfo running;
        Process push;
        try (MillraceServer server = server(data)) {
            Streams streams = server.live().streams();
            StreamInfo show = stream(streams, "show", "", Duration.ofSeconds(1));
            running = stream(streams, "running", "deep/er/", Duration.ofSeconds(1));
            stream(streams, "spooled", "", Duration.ofSeconds(1));
            stream(streams, "never", "", Duration.ofSeconds(4));
            stream(streams, "rotated", "", Duration.ofSeconds(2));
            streams.rotateKey("rotated");
            stream(streams, "deleted", "", Duration.ofSeconds(2));
            streams.delete("deleted");
            camera(server);
            push(server.rtmpPort(), show, 5, "64k").waitFor();
            await("the end of show", () -> server.live().streams().recordings("show", 10).stream()
                    .anyMatch(r -> r.endedAt() != null));
            push(server.rtmpPort(), show, 3, "64k").waitFor();
            await("the second end of show", () -> server.live().streams().recordings("show", 10).stream()
                    .filter(r -> r.endedAt() != null).count() == 2);
            push = push(server.rtmpPort(), running, 60, "64k");
            await("three running segments", () -> server.live().streams().recordings("running", 10).stream()
                    .anyMatch(r -> r.segments() >= 3));
        }
        push.destroyForcibly();
        ArrayNode secrets = kept.putArray("streamKeys");
        try (MillraceServer server = server(data)) {
            for (StreamInfo info : server.live().streams().list()) {
                secrets.addObject().put("stream", info.name()).put("key", info.streamKey());
            }
        }
    }

    static StreamInfo stream(Streams streams, String name, String prefix, Duration segment) {
        return ((Streams.CreateOutcome.Created) streams.create(name, "recordings", prefix, segment)).stream();
    }

    static Process push(int port, StreamInfo stream, int seconds, String bits) throws IOException {
        return new ProcessBuilder("ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i",
                "testsrc2=size=128x72:rate=10", "-re", "-f", "lavfi", "-i", "sine=frequency=300:sample_rate=22050",
                "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline",
                "-g", "10", "-keyint_min", "10", "-sc_threshold", "0", "-b:v", bits, "-minrate", bits, "-maxrate", bits,
                "-bufsize", bits, "-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p",
                "-c:a", "aac", "-b:a", "16k", "-t", Integer.toString(seconds), "-f", "flv",
                "rtmp://127.0.0.1:" + port + "/live/" + stream.publishName())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Two objects of a camera, the first sealed, appended in pieces. */
    static void camera(MillraceServer server) throws Exception {
        Path video = Files.createTempFile("kept", ".ts");
        run("ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10",
                "-t", "14", "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-g", "10",
                "-keyint_min", "10", "-sc_threshold", "0", "-b:v", "24k", "-pix_fmt", "yuv420p",
                "-f", "mpegts", "-muxdelay", "0", video.toString());
        byte[] bytes = Files.readAllBytes(video);
        int half = bytes.length / 2 / 188 * 188;
        long at = 0;
        for (int from = 0, n = 0; from < half; from += n) {
            n = Math.min(188 * 20, half - from);
            at = appendBytes(server.store(), "cameras", "cam1/first.ts", at, Arrays.copyOfRange(bytes, from, from + n));
        }
        String path = "/_camera/cam1/index.m3u8?from=0";
        await("the first object's index", () -> playlist(server, path).split("#EXTINF").length > 1);
        server.store().objects().seal("cameras", "cam1/first.ts", at);
        Thread.sleep(1500);
        int before = playlist(server, path).split("#EXTINF").length;
        at = 0;
        for (int from = half, n = 0; from < bytes.length; from += n) {
            n = Math.min(188 * 30, bytes.length - from);
            at = appendBytes(server.store(), "cameras", "cam1/second.ts", at, Arrays.copyOfRange(bytes, from, from + n));
        }
        await("the second object's index", () -> playlist(server, path).split("#EXTINF").length > before);
        Thread.sleep(1500);
    }

    /** Leases and jobs: nothing in 0.1 writes them, but their records have a form. */
    static void work(Path data, ObjectNode kept) throws Exception {
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"))) {
            Leases leases = Leases.open(keys, "kept-node", Leases.Options.standard());
            leases.acquire("held").orElseThrow();
            leases.release(leases.acquire("released").orElseThrow());
            JobQueue jobs = new JobQueue(keys, "kept", JobQueue.Options.standard());
            jobs.enqueue("waiting", "a".getBytes(StandardCharsets.UTF_8));
            jobs.enqueue("later", "b".getBytes(StandardCharsets.UTF_8), Instant.parse("2037-01-01T00:00:00Z"));
            jobs.enqueue("failed", "c".getBytes(StandardCharsets.UTF_8));
            for (JobQueue.Claim claim : jobs.claim("worker", 2)) {
                if (claim.job().id().equals("failed")) {
                    jobs.fail(claim, "for the test");
                }
            }
            // Not closed, as after a crash: the session row stays.
        }
    }

    /** What ends by itself: read back only with a clock set to when it was made. */
    static void expiring(Path data, ObjectNode kept) throws Exception {
        Clock clock = new Clock();
        ObjectNode expiring = kept.putObject("expiring");
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"));
                Access access = access(data, keys, clock);
                LocalExtents extents = extents(data, ExtentsOptions.standard());
                Store store = store(keys, extents, clock)) {
            expiring.put("at", clock.instant().toString());
            Sessions.SignIn.SignedIn in =
                    (Sessions.SignIn.SignedIn) access.sessions().signIn("anna", PASSWORD, "127.0.0.1");
            expiring.put("cookie", in.cookie()).put("csrf", in.csrf());
            expiring.put("link", access.sessions().createLink("anna", Duration.ofHours(20)).orThrow());
            expiring.put("enrolmentCode", access.devices().newCode("cam-waiting").orThrow().code());
            token(kept, access, expiring);
            Caller root = ((io.millrace.access.Resolution.Resolved) access.resolve(ROOT.id(), null)).caller();
            AssumeOutcome outcome = access.assumeRole(root, new AssumeRoleRequest(
                    "acs:ram::100000000000:role/uploader", "kept-session", null, Duration.ofHours(12), null,
                    RequestContext.of("kept", "127.0.0.1", false)));
            credentials(expiring.putObject("roleToken"), ((AssumeOutcome.Assumed) outcome).credentials());
            ArrayNode uploads = expiring.putArray("uploads");
            for (var u : store.uploads().list(new io.millrace.store.ListUploads("forms", "", "", "", "", 1000)).uploads()) {
                ObjectNode upload = uploads.addObject().put("bucket", u.bucket()).put("key", u.key())
                        .put("id", u.uploadId()).put("initiated", u.initiated().toString());
                metadata(upload, u.metadata());
                ArrayNode parts = upload.putArray("parts");
                store.uploads().listParts(u.bucket(), u.key(), u.uploadId(), 0, 1000).orElseThrow().parts().forEach(p ->
                        parts.addObject().put("number", p.number()).put("size", p.sizeBytes()).put("etag", p.etag())
                                .put("crc64", Long.toUnsignedString(p.crc64())));
            }
            ArrayNode changes = expiring.putArray("changes");
            for (int shard = 0; shard < store.changes().shards(); shard++) {
                changes.addObject().put("head", store.changes().head(shard)).put("trimmed", store.changes().trimmed(shard))
                        .put("records", store.changes().read(shard, store.changes().trimmed(shard), 10_000).size());
            }
        }
    }

    static void token(ObjectNode kept, Access access, ObjectNode expiring) throws Exception {
        for (JsonNode device : kept.path("deviceSecrets")) {
            if (device.path("device").asText().equals("cam1")) {
                String timestamp = Long.toString(Instant.now().getEpochSecond());
                javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
                mac.init(new javax.crypto.spec.SecretKeySpec(
                        device.path("secret").asText().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                String signature = HexFormat.of().formatHex(
                        mac.doFinal(("cam1\n" + timestamp + "\nkept-nonce-0001").getBytes(StandardCharsets.UTF_8)));
                var issued = (Devices.TokenOutcome.Issued)
                        access.devices().token("cam1", timestamp, "kept-nonce-0001", signature, "127.0.0.1");
                credentials(expiring.putObject("deviceToken"), issued.credentials());
            }
        }
    }

    static void credentials(ObjectNode into, TemporaryCredentials credentials) {
        into.put("id", credentials.accessKeyId()).put("secret", credentials.accessKeySecret())
                .put("token", credentials.securityToken());
    }

    /** Segments that the store did not take, because the disk was full. */
    static void spooled(Path data, ObjectNode kept) throws Exception {
        Clock clock = new Clock();
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"));
                Access access = access(data, keys, clock);
                LocalExtents extents = extents(data, ExtentsOptions.standard().withReserveBytes(Long.MAX_VALUE / 4));
                Store store = store(keys, extents, clock);
                Live live = Live.open(keys, store, access, liveOptions(data), clock, new SimpleMeterRegistry())) {
            push(live.rtmpPort(), live.streams().get("spooled").orElseThrow(), 4, "220k").waitFor();
            await("spooled segments", () -> spoolFiles(data).size() >= 3);
        }
        ArrayNode spooled = kept.putArray("spooled");
        for (Path file : spoolFiles(data)) {
            spooled.add(file.getFileName().toString());
        }
    }

    static List<Path> spoolFiles(Path data) {
        try (Stream<Path> files = Files.list(data.resolve("spool"))) {
            return files.filter(f -> f.toString().endsWith(".segment")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LiveOptions liveOptions(Path data) {
        LiveOptions d = LiveOptions.defaults(data);
        return new LiveOptions("127.0.0.1", 0, d.spool(), d.spoolMaxBytes(), Duration.ofSeconds(1),
                Duration.ofSeconds(2), d.idleTimeout(), d.maxConnections(), d.maxBitrateBitsPerSecond(), d.memoryBytes());
    }

    // ---------------------------------------------------------------- the killed directory

    static ObjectNode killed(Path data) throws Exception {
        Files.createDirectories(data);
        Path acknowledged = data.resolveSibling("acknowledged");
        Files.deleteIfExists(acknowledged);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
                "-cp", System.getProperty("java.class.path"), System.getProperty("kept.source"), "storm", data.toString()));
        Process child = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        await("the storm", () -> lines(acknowledged) >= 160 || !child.isAlive());
        child.destroyForcibly();
        child.waitFor();
        check(Files.readAllLines(acknowledged), data);
        return JSON.createObjectNode();
    }

    /** Runs until it is killed. */
    static void storm(Path data) throws Exception {
        MillraceServer server = server(data);
        Store store = server.store();
        store.buckets().create("storm", "root", BucketAcl.PRIVATE);
        store.buckets().create("recordings", "root", BucketAcl.PRIVATE);
        StreamInfo stream = stream(server.live().streams(), "cut", "", Duration.ofSeconds(1));
        Process push = push(server.rtmpPort(), stream, 60, "48k");
        Runtime.getRuntime().addShutdownHook(new Thread(push::destroyForcibly));
        await("two segments", () -> server.live().streams().recordings("cut", 1).stream().anyMatch(r -> r.segments() >= 2));
        OutputStream out = Files.newOutputStream(data.resolveSibling("acknowledged"));
        List<Thread> threads = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
            int worker = w;
            threads.add(Thread.ofPlatform().start(() -> storm(store, worker, out)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    static void storm(Store store, int worker, OutputStream out) {
        Random random = new Random(worker);
        long grown = 0;
        for (int i = 0; i < 10_000; i++) {
            int size = random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(3000);
            String line;
            if (random.nextInt(3) == 0) {
                grown = appendBytes(store, "storm", "grown/" + worker, grown, bytes("grown/" + worker + grown, size));
                line = "grown/" + worker + " " + grown;
            } else {
                String key = "put/" + worker + "/" + i;
                put(store, "storm", key, size, ObjectMetadata.NONE);
                line = key + " " + size;
                if (random.nextInt(5) == 0) {
                    store.objects().delete("storm", key);
                    line = key + " gone";
                }
            }
            synchronized (out) {
                try {
                    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                    out.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** Version 0.1 itself must hold what it acknowledged; else the directory proves nothing. */
    static void check(List<String> acknowledged, Path data) throws Exception {
        Path copy = copy(data);
        try (MillraceServer server = server(copy)) {
            for (String line : acknowledged) {
                String[] words = line.split(" ");
                var found = server.store().objects().head("storm", words[0]);
                boolean right = words[1].equals("gone")
                        ? found.isEmpty()
                        : found.isPresent() && found.get().sizeBytes() >= Long.parseLong(words[1]);
                if (!right) {
                    throw new IllegalStateException("0.1 lost " + line);
                }
            }
        }
    }

    // ---------------------------------------------------------------- what 0.1 reads from it

    static void make(Path data, Path out, ObjectNode kept) throws Exception {
        String name = data.getFileName().toString();
        ObjectNode secrets = kept.putObject("root").put("id", ROOT.id()).put("secret", ROOT.secret());
        secrets.put("password", PASSWORD);
        Files.deleteIfExists(data.resolve("server.log"));
        rows(copy(data), kept);
        Path copy = copy(data);
        try (MillraceServer server = server(copy)) {
            await("an empty spool", () -> spoolFiles(copy).isEmpty());
            await("ended sessions", () -> server.live().streams().list().stream().flatMap(
                    s -> server.live().streams().recordings(s.name(), 100).stream()).allMatch(r -> r.endedAt() != null));
            describe(server, kept);
        }
        pack(data, out.resolve(name + ".zip.gz"));
        try (OutputStream file = new GZIPOutputStream(Files.newOutputStream(out.resolve(name + ".json.gz")))) {
            JSON.writeValue(file, kept);
        }
    }

    /** Every row of the key space, as it stands. */
    static void rows(Path data, ObjectNode kept) {
        ArrayNode rows = kept.putArray("rows");
        Map<String, Integer> families = new TreeMap<>();
        try (KeySpace keys = RocksKeySpace.open(data.resolve("keyspace"))) {
            byte[] from = {1};
            while (true) {
                List<Entry> page = keys.scan(Scan.range(from, new byte[] {(byte) 0xff}, 500));
                for (Entry entry : page) {
                    rows.add(HexFormat.of().formatHex(entry.key()) + " " + Base64.getEncoder().encodeToString(entry.value()));
                    families.merge(Character.toString(entry.key()[0]) + "." + form(entry.key()), 1, Integer::sum);
                }
                if (page.isEmpty()) {
                    break;
                }
                byte[] last = page.getLast().key();
                from = Arrays.copyOf(last, last.length + 1);
            }
        }
        System.out.println(data.getFileName() + " rows: " + families);
    }

    static String form(byte[] key) {
        int b = key.length > 1 ? key[1] & 0xff : 0;
        return b >= 'a' && b <= 'z' ? Character.toString(b) : "";
    }

    static void describe(MillraceServer server, ObjectNode kept) throws Exception {
        Store store = server.store();
        ArrayNode buckets = kept.putArray("buckets");
        ArrayNode objects = kept.putArray("objects");
        for (var bucket : store.buckets().list()) {
            ObjectNode b = buckets.addObject().put("name", bucket.name()).put("owner", bucket.owner())
                    .put("acl", bucket.acl().text()).put("created", bucket.created().toString());
            b.set("cors", JSON.valueToTree(bucket.cors()));
            b.put("objects", store.statistics(bucket.name()).objects());
            b.put("bytes", store.statistics(bucket.name()).bytes());
            Listing listing = store.objects().list(new ListObjects(bucket.name(), "", "", "", 1000));
            for (ObjectInfo info : listing.entries()) {
                object(store, objects.addObject(), info);
            }
        }
        people(server, kept);
        kept.set("domains", console(server, "GET", "/api/domains", "").path("domains"));
        kept.set("purges", console(server, "GET", "/api/purges", "").path("purges"));
        kept.set("streams", console(server, "GET", "/api/streams", ""));
        played(server, kept);
        server.media().probe("forms", "media/picture.png").ifPresent(p -> kept.put("probe", p.toString()));
    }

    static void object(Store store, ObjectNode into, ObjectInfo info) throws Exception {
        into.put("bucket", info.bucket()).put("key", info.key()).put("size", info.sizeBytes()).put("etag", info.etag())
                .put("crc64", info.crc64Text()).put("modified", info.lastModified().toString())
                .put("form", info.type().name());
        if (info.sealedTime() != null) {
            into.put("sealed", info.sealedTime().toString());
        }
        metadata(into, info.metadata());
        try (InputStream in = store.objects().open(info.bucket(), info.key()).orElseThrow().stream()) {
            into.put("sha256", sha256(in));
        }
    }

    static void metadata(ObjectNode into, ObjectMetadata metadata) {
        into.put("type", metadata.contentType());
        into.set("headers", JSON.valueToTree(new TreeMap<>(metadata.headers())));
        into.set("user", JSON.valueToTree(new TreeMap<>(metadata.userMetadata())));
    }

    static void people(MillraceServer server, ObjectNode kept) {
        Access access = server.access();
        ArrayNode users = kept.putArray("users");
        access.users().list("", 1000).forEach(u -> users.addObject().put("id", u.id()).put("name", u.name())
                .put("enabled", u.enabled()).put("password", u.hasPassword()).put("created", u.created().toString())
                .set("policies", JSON.valueToTree(u.policies())));
        ArrayNode roles = kept.putArray("roles");
        access.roles().list("", 1000).forEach(r -> roles.addObject().put("id", r.id()).put("name", r.name())
                .put("trust", r.trustPolicy()).put("maxSeconds", r.maxSession().toSeconds()).put("epoch", r.epoch())
                .set("policies", JSON.valueToTree(r.policies())));
        ArrayNode policies = kept.putArray("policies");
        access.policies().list("", 1000).forEach(
                p -> policies.addObject().put("name", p.name()).put("document", p.document()));
        ArrayNode devices = kept.putArray("devices");
        access.devices().list("", 1000).forEach(d -> devices.addObject().put("id", d.id()).put("bucket", d.bucket())
                .put("prefix", d.prefix()).put("enabled", d.enabled()).put("enrolled", d.enrolled())
                .put("epoch", d.epoch()).put("created", d.created().toString()));
    }

    /** Every recording's playlists and segments, and the camera's archive. */
    static void played(MillraceServer server, ObjectNode kept) throws Exception {
        ObjectNode playlists = kept.putObject("playlists");
        ArrayNode media = kept.putArray("media");
        for (StreamInfo stream : server.live().streams().list()) {
            for (var recording : server.live().streams().recordings(stream.name(), 100)) {
                String base = "/_live/" + stream.name() + "/" + recording.session();
                playlists.put(base + "/index.m3u8", playlist(server, base + "/index.m3u8"));
                String text = playlist(server, base + "/source/media.m3u8");
                playlists.put(base + "/source/media.m3u8", text);
                for (String line : text.split("\n")) {
                    if (line.endsWith(".ts")) {
                        media(server, media, base + "/source/" + line);
                    }
                }
            }
        }
        if (server.access().devices().get("cam1").isPresent()) {
            kept.put("camera", playlist(server, "/_camera/cam1/index.m3u8?from=0"));
        }
    }

    static void media(MillraceServer server, ArrayNode into, String path) throws Exception {
        HttpResponse<byte[]> answer = objectDoor(server, path);
        into.addObject().put("path", path).put("size", answer.body().length)
                .put("sha256", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(answer.body())));
    }

    static String playlist(MillraceServer server, String path) {
        try {
            return new String(objectDoor(server, path).body(), StandardCharsets.UTF_8);
        } catch (Exception e) {
            throw new IllegalStateException(path, e);
        }
    }

    // ---------------------------------------------------------------- small tools

    static MillraceServer server(Path data) {
        return MillraceServer.open(Map.of(
                "data", data.toString(), "bind", "127.0.0.1", "root-key", ROOT.id() + ":" + ROOT.secret(),
                "doors.object.port", "0", "doors.console.port", "0", "doors.edge.port", "0", "doors.rtmp.port", "0",
                "live.grace", "2s", "live.segment", "1s"));
    }

    static Path data(MillraceServer server) {
        return STOPPED.get();
    }

    static final java.util.concurrent.atomic.AtomicReference<Path> STOPPED = new java.util.concurrent.atomic.AtomicReference<>();

    static Access access(Path data, KeySpace keys, InstantSource clock) {
        STOPPED.set(data);
        return Access.open(keys, MasterKey.loadOrCreate(data.resolve("master.key"), keys), AccessOptions.defaults(), clock);
    }

    static LocalExtents extents(Path data, ExtentsOptions options) {
        return LocalExtents.open(List.of(data.resolve("extents")), options);
    }

    static Store store(KeySpace keys, LocalExtents extents, InstantSource clock) {
        StoreOptions d = StoreOptions.defaults();
        return Store.open(keys, extents, new StoreOptions(d.region(), d.inlineBytes(), 0, d.bucketCache(), d.grace(),
                d.uploadExpiry(), d.logRetention(), Duration.ZERO), clock);
    }

    /** Bytes that compress: the same block over and over, with eight of its own. */
    static byte[] bytes(String seed, int size) {
        byte[] block = new byte[127];
        new Random(1).nextBytes(block);
        java.nio.ByteBuffer.wrap(block).putLong(new Random(seed.hashCode()).nextLong());
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i += block.length) {
            System.arraycopy(block, 0, bytes, i, Math.min(block.length, size - i));
        }
        return bytes;
    }

    static void put(Store store, String bucket, String key, int size, ObjectMetadata metadata) {
        var outcome = store.objects().put(PutObject.of(bucket, key, size).with(metadata),
                new java.io.ByteArrayInputStream(bytes(bucket + key + size, size)));
        require(outcome instanceof io.millrace.store.PutOutcome.Stored, outcome);
    }

    static void append(Store store, String key, long position, int size) {
        long next = appendBytes(store, "forms", key, position, bytes(key + position, size));
        require(next == position + size, key);
    }

    static long appendBytes(Store store, String bucket, String key, long position, byte[] bytes) {
        ObjectMetadata metadata = bucket.equals("cameras") ? ObjectMetadata.ofType("video/mp2t") : ObjectMetadata.NONE;
        var outcome = store.objects().append(
                AppendObject.of(bucket, key, position, bytes.length).with(metadata), bytes);
        require(outcome instanceof AppendOutcome.Appended, outcome);
        return ((AppendOutcome.Appended) outcome).nextPosition();
    }

    static UploadInfo begin(Store store, String key) {
        return store.uploads().initiate("forms", key, new ObjectMetadata("app/parts", Map.of(), Map.of("k", "v")));
    }

    static void part(Store store, UploadInfo upload, int number, int size) {
        byte[] bytes = bytes(upload.key() + number + size, size);
        var outcome = store.uploads().uploadPart(new UploadPart(upload.bucket(), upload.key(), upload.uploadId(), number,
                size, ExpectedDigests.NONE), new java.io.ByteArrayInputStream(bytes));
        require(outcome instanceof io.millrace.store.PartOutcome.Stored, outcome);
    }

    static void copyPart(Store store, UploadInfo upload, int number, String source, long from, long length) {
        var outcome = store.uploads().uploadPartCopy(new UploadPartCopy(upload.bucket(), upload.key(), upload.uploadId(),
                number, "forms", source, from, length, ReadConditions.NONE));
        require(outcome instanceof io.millrace.store.PartOutcome.Stored, outcome);
    }

    static void complete(Store store, UploadInfo upload, List<Integer> numbers) {
        List<CompleteUpload.NamedPart> parts = store.uploads()
                .listParts(upload.bucket(), upload.key(), upload.uploadId(), 0, 1000).orElseThrow().parts().stream()
                .filter(p -> numbers.contains(p.number()))
                .map(p -> new CompleteUpload.NamedPart(p.number(), p.etag())).toList();
        var outcome = store.uploads().complete(new CompleteUpload(upload.bucket(), upload.key(), upload.uploadId(), parts,
                ExpectedDigests.NONE, WriteConditions.NONE));
        require(outcome instanceof CompleteOutcome.Completed, outcome);
    }

    static void copy(Store store, String from, String to, ObjectMetadata replace) {
        var outcome = store.objects().copy(CopyObject.of("forms", from, "forms", to).with(replace));
        require(outcome.getClass().getSimpleName().equals("Copied"), outcome);
    }

    static void require(boolean right, Object what) {
        if (!right) {
            throw new IllegalStateException(String.valueOf(what));
        }
    }

    static JsonNode console(MillraceServer server, String method, String path, String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        URI uri = URI.create("http://127.0.0.1:" + server.consolePort() + path);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.ofByteArray(bytes)).header("Content-Type", "application/json");
        sign(request, method, uri, path, "", "millrace", bytes);
        HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        require(answer.statusCode() / 100 == 2, answer.statusCode() + " " + answer.body());
        return answer.body().isEmpty() ? JSON.nullNode() : JSON.readTree(answer.body());
    }

    static final HttpClient HTTP = HttpClient.newHttpClient();

    static HttpResponse<byte[]> objectDoor(MillraceServer server, String target) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.objectPort() + target);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        sign(request, "GET", uri, uri.getRawPath(), uri.getRawQuery() == null ? "" : uri.getRawQuery(), "s3", new byte[0]);
        HttpResponse<byte[]> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        require(answer.statusCode() == 200, target + " " + answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8));
        return answer;
    }

    static void sign(HttpRequest.Builder into, String method, URI uri, String path, String query, String service, byte[] body) {
        SignedRequest request = new SignedRequest(method, path, query, List.of(Map.entry("Host", uri.getAuthority())));
        new SigV4Signer(new AccessKey(ROOT.id(), ROOT.secret()), "local", service)
                .sign(request, SigV4Signer.payloadHash(body), Instant.now()).forEach(h -> into.header(h.getKey(), h.getValue()));
    }

    static void get(URI uri) throws Exception {
        HttpResponse<byte[]> answer = HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
        require(answer.statusCode() == 200, uri + " " + answer.statusCode());
    }

    static int lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file).size() : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("waited in vain for " + what);
            }
            Thread.sleep(50);
        }
    }

    static void run(String... command) throws Exception {
        int code = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        require(code == 0, command[0] + " ended with " + code);
    }

    static String sha256(InputStream in) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static Path copy(Path data) throws IOException {
        Path copy = Files.createTempDirectory("kept-copy").resolve(data.getFileName());
        Process cp;
        try {
            cp = new ProcessBuilder("cp", "-a", "--sparse=always", data.toString(), copy.toString()).start();
            require(cp.waitFor() == 0, "cp");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return copy;
    }

    /** A zip in a gzip; zeros at a file's end are left out, {@code sizes} says how long each file is. */
    static void pack(Path data, Path archive) throws IOException {
        StringBuilder sizes = new StringBuilder();
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(archive)) {
                    { def.setLevel(9); }
                }));
                Stream<Path> walk = Files.walk(data)) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                String name = data.relativize(file).toString();
                if (name.contains("native/") || name.endsWith("millrace.lock") || name.startsWith("keyspace/LO")) {
                    continue;
                }
                byte[] bytes = Files.readAllBytes(file);
                int used = bytes.length;
                while (used > 0 && bytes[used - 1] == 0) {
                    used--;
                }
                sizes.append(bytes.length).append(' ').append(name).append('\n');
                zip.putNextEntry(new ZipEntry(name));
                zip.write(bytes, 0, used);
                zip.closeEntry();
            }
            zip.putNextEntry(new ZipEntry("sizes"));
            zip.write(sizes.toString().getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
    }
}
