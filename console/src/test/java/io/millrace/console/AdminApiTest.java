package io.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.Caller;
import io.millrace.access.MasterKey;
import io.millrace.access.RequestContext;
import io.millrace.access.Resolution;
import io.millrace.access.RootKey;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Deadline;
import io.millrace.kit.MonotonicClock;
import io.millrace.signing.UrlAuth;
import io.millrace.store.objects.PutObject;
import io.millrace.work.Leases;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminApiTest {
    private ConsoleFixture f;

    @BeforeEach
    void open(@TempDir Path directory) {
        f = new ConsoleFixture(directory);
        f.signIn();
    }

    @AfterEach
    void close() throws Exception {
        f.close();
    }

    private void bucket(String name) {
        assertEquals(201, f.post("/api/buckets", Map.of("name", name)).status());
    }

    @Test
    void bucketsAreMadeListedOpenedAndDeleted() {
        bucket("photos");
        assertEquals(409, f.post("/api/buckets", Map.of("name", "photos")).status());
        assertEquals(400, f.post("/api/buckets", Map.of("name", "No!")).status());
        assertEquals("photos", f.get("/api/buckets").json().at("/buckets/0/name").asText());
        ConsoleFixture.Answer cors =
                f.call(
                        "PUT",
                        "/api/buckets/photos/cors/console",
                        Map.of("origin", "http://127.0.0.1:9001"));
        assertEquals("http://127.0.0.1:9001", cors.json().at("/cors/0/origins/0").asText());
        assertEquals(
                "public-read",
                f.call("PUT", "/api/buckets/photos/acl", Map.of("acl", "public-read"))
                        .json()
                        .path("acl")
                        .asText());
        f.store.objects().put(PutObject.of("photos", "a/b.txt", 5), bytes("hello"));
        ConsoleFixture.Answer full = f.call("DELETE", "/api/buckets/photos", null);
        assertEquals(409, full.status());
        assertFalse(full.json().path("hint").asText().isEmpty());
        f.call("DELETE", "/api/buckets/photos/object?key=a%2Fb.txt", null);
        assertEquals(200, f.call("DELETE", "/api/buckets/photos", null).status());
        assertEquals(404, f.get("/api/buckets/photos").status());
    }

    @Test
    void objectsAreBrowsedByFolder() {
        bucket("photos");
        for (String key : List.of("2025/a.jpg", "2026/b.jpg", "c d+e.txt")) {
            f.store.objects().put(PutObject.of("photos", key, 5), bytes("hello"));
        }
        JsonNode page = f.get("/api/buckets/photos/objects").json();
        assertEquals("[\"2025/\",\"2026/\"]", page.path("prefixes").toString());
        assertEquals("c d+e.txt", page.at("/entries/0/key").asText());
        JsonNode one = f.get("/api/buckets/photos/object?key=c%20d%2Be.txt").json();
        assertEquals(5, one.path("sizeBytes").asLong());
        String url = one.at("/urls/edge").asText();
        assertTrue(url.startsWith("http://127.0.0.1:8080/photos/c%20d%2Be.txt?auth_key="), url);
        assertEquals(404, f.get("/api/buckets/photos/object?key=none").status());
        assertEquals(404, f.get("/api/buckets/none/objects").status());
    }

    @Test
    void uploadCredentialsReachTheirPrefixAndNoFurther() {
        bucket("photos");
        JsonNode given =
                f.post("/api/uploads/credentials", Map.of("bucket", "photos", "prefix", "in/"))
                        .json();
        Resolution found =
                f.access.resolve(
                        given.path("accessKeyId").asText(), given.path("securityToken").asText());
        Caller caller = assertInstanceOf(Resolution.Resolved.class, found).caller();
        RequestContext context = RequestContext.of("R", "127.0.0.1", false);
        assertTrue(f.access.decide(caller, "oss:PutObject", "photos/in/a.jpg", context).allowed());
        assertTrue(f.access.decide(caller, "oss:ListParts", "photos/in/a.jpg", context).allowed());
        for (String[] denied :
                new String[][] {
                    {"oss:PutObject", "photos/out/a.jpg"},
                    {"oss:PutObject", "other/in/a.jpg"},
                    {"oss:GetObject", "photos/in/a.jpg"},
                    {"oss:DeleteObject", "photos/in/a.jpg"},
                    {"sts:AssumeRole", "_role/any"},
                }) {
            assertFalse(
                    f.access.decide(caller, denied[0], denied[1], context).allowed(),
                    String.join(" ", denied));
        }
        assertEquals(
                400,
                f.post("/api/uploads/credentials", Map.of("bucket", "photos", "prefix", "a\nb"))
                        .status());
    }

    @Test
    void theRoleThatUploadsOnceWentThroughIsGoneAfterAStart(@TempDir Path other) throws Exception {
        try (KeySpace keySpace = RocksKeySpace.open(other.resolve("keyspace"));
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Access before =
                        Access.open(
                                keySpace,
                                leases,
                                MasterKey.loadOrCreate(other.resolve("master.key"), keySpace),
                                AccessOptions.defaults(),
                                Clocks.system())) {
            String trust =
                    """
                    {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",\
                    "Principal":{"RAM":["acs:ram::%s:root"]}}]}"""
                            .formatted(before.account());
            before.roles()
                    .create("millrace-console-upload", trust, Duration.ofHours(1), List.of())
                    .orThrow();
        }
        try (ConsoleFixture later = new ConsoleFixture(other)) {
            assertTrue(later.access.roles().get("millrace-console-upload").isEmpty());
        }
    }

    @Test
    void whoMayPutIntoAPublicBucketMayHandThatOnAndNothingElse() {
        bucket("photos");
        f.access.users().create("viewer", "a-long-password", List.of("ReadOnlyAccess")).orThrow();
        Map<String, String> wanted = Map.of("bucket", "photos", "prefix", "in/");
        f.call("PUT", "/api/buckets/photos/acl", Map.of("acl", "public-read-write"));
        f.cookie = null;
        f.keep(f.post("/api/session", Map.of("user", "viewer", "password", "a-long-password")));
        ConsoleFixture.Answer given = f.post("/api/uploads/credentials", wanted);
        assertEquals(200, given.status(), given.text());
        Resolution found =
                f.access.resolve(
                        given.json().path("accessKeyId").asText(),
                        given.json().path("securityToken").asText());
        Caller caller = assertInstanceOf(Resolution.Resolved.class, found).caller();
        RequestContext context = RequestContext.of("R", "127.0.0.1", false);
        RequestContext open = context.withAcl(RequestContext.BucketAcl.PUBLIC_READ_WRITE);
        assertTrue(f.access.decide(caller, "oss:PutObject", "photos/in/a", open).allowed());
        assertFalse(f.access.decide(caller, "oss:PutObject", "photos/in/a", context).allowed());
        assertFalse(
                f.access.decide(caller, "oss:AbortMultipartUpload", "photos/in/a", open).allowed());
    }

    @Test
    void streamsAndTheirKeys() {
        bucket("live");
        ConsoleFixture.Answer made =
                f.post("/api/streams", Map.of("name", "show", "bucket", "live", "prefix", "rec"));
        assertEquals(201, made.status(), made.text());
        String key = made.json().at("/publish/obsKey").asText();
        assertTrue(key.startsWith("show?key="), key);
        assertTrue(made.json().at("/publish/ffmpeg").asText().contains("rtmp://127.0.0.1:1935"));
        assertEquals(
                409, f.post("/api/streams", Map.of("name", "show", "bucket", "live")).status());
        assertEquals(400, f.post("/api/streams", Map.of("name", "two", "bucket", "none")).status());
        String next =
                f.post("/api/streams/show/key", Map.of()).json().at("/publish/obsKey").asText();
        assertFalse(next.equals(key));
        assertFalse(f.get("/api/streams").text().contains("key="), "the list tells no keys");
        assertEquals(200, f.call("DELETE", "/api/streams/show", null).status());
        assertEquals(404, f.get("/api/streams/show").status());
    }

    @Test
    void devicesAreRegisteredGivenANewCodeAndDisabled() {
        bucket("cams");
        ConsoleFixture.Answer made =
                f.post("/api/devices", Map.of("id", "gate", "bucket", "cams", "prefix", "gate"));
        assertEquals(201, made.status(), made.text());
        String code = made.json().path("code").asText();
        assertTrue(made.json().path("command").asText().contains(code));
        assertEquals("registered", f.get("/api/devices").json().at("/devices/0/state").asText());
        assertEquals(
                409,
                f.post("/api/devices", Map.of("id", "gate", "bucket", "cams", "prefix", "x/"))
                        .status());
        assertFalse(
                f.post("/api/devices/gate/enrolment", Map.of())
                        .json()
                        .path("code")
                        .asText()
                        .equals(code));
        assertEquals("gate", f.get("/api/cameras").json().at("/cameras/0/id").asText());
        f.post("/api/devices/gate/disable", Map.of());
        assertEquals("disabled", f.get("/api/devices").json().at("/devices/0/state").asText());
        assertEquals(1, f.get("/api/cameras").json().path("disabled").asInt());
        assertEquals(404, f.post("/api/devices/none/disable", Map.of()).status());
        assertEquals(200, f.get("/api/cameras/gate/recordings").status());
        assertEquals(404, f.get("/api/cameras/none/recordings").status());
    }

    @Test
    void devicesAndCamerasComeByPagesAndTheLastOneNamesNoNext() {
        bucket("cams");
        for (String id : List.of("a", "b", "c")) {
            f.post("/api/devices", Map.of("id", id, "bucket", "cams", "prefix", id));
        }
        for (String kind : List.of("devices", "cameras")) {
            JsonNode first = f.get("/api/" + kind + "?limit=2").json();
            assertEquals(2, first.path(kind).size(), kind);
            assertEquals("b", first.path("next").asText(), kind);
            JsonNode rest = f.get("/api/" + kind + "?limit=1&after=b").json();
            assertEquals("c", rest.path(kind).path(0).path("id").asText(), kind);
            assertTrue(rest.path("next").isNull(), kind);
        }
    }

    @Test
    void theBackendToAskIsSetAndRemoved() {
        String url = "https://backend.example.com/allow";
        assertEquals(200, f.call("PUT", "/api/device-hook", Map.of("url", url)).status());
        assertEquals(
                "https://backend.example.com/…",
                f.get("/api/devices").json().path("hook").asText(),
                "a token may stand in a path");
        assertEquals(400, f.call("PUT", "/api/device-hook", Map.of("url", "file:/x")).status());
        assertEquals(200, f.call("DELETE", "/api/device-hook", null).status());
        assertTrue(f.get("/api/devices").json().path("hook").isNull());
    }

    @Test
    void aPlaybackTokenIsForOnePathAndEnds() {
        bucket("live");
        f.post("/api/streams", Map.of("name", "show", "bucket", "live"));
        JsonNode token = f.post("/api/playback", Map.of("stream", "show", "seconds", 60)).json();
        String proof = token.path("authKey").asText();
        String path = "/_live/show/index.m3u8";
        assertInstanceOf(UrlAuth.Outcome.Valid.class, check(path, proof));
        assertInstanceOf(UrlAuth.Outcome.Wrong.class, check("/_live/two/index.m3u8", proof));
        f.cookie = null;
        String shared = "/api/share?kind=live&name=show&auth_key=" + proof;
        assertEquals(token.path("url").asText(), f.get(shared).json().path("url").asText());
        assertEquals(403, f.get("/api/share?kind=live&name=two&auth_key=" + proof).status());
        f.clock.advance(Duration.ofSeconds(62));
        ConsoleFixture.Answer late = f.get(shared);
        assertEquals(403, late.status());
        assertEquals("Expired", late.json().path("code").asText());
    }

    private UrlAuth.Outcome check(String path, String proof) {
        return UrlAuth.A.verify(
                path,
                "auth_key=" + proof,
                Duration.ofSeconds(1800),
                f.clock.instant(),
                f.access.playbackKey());
    }

    @Test
    void edgesPullSettingsAndHearOfChangesAtOnce() throws Exception {
        bucket("photos");
        RootKey key = f.access.serviceKey("edge");
        assertEquals(401, f.get("/api/edge/settings").status());
        JsonNode before = f.signed(key, "GET", "/api/edge/settings?since=-1", null).json();
        assertEquals(f.access.playbackKey(), before.at("/default/auth/key").asText());
        long revision = before.path("revision").asLong();

        Thread change =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    pause(400);
                                    f.post(
                                            "/api/purges",
                                            Map.of("kind", "url", "path", "/photos/a.jpg"));
                                });
        long started = System.nanoTime();
        String wait = "/api/edge/settings?since=" + revision + "&wait=20";
        JsonNode after = f.signed(key, "GET", wait, null).json();
        change.join();
        assertTrue(Duration.ofNanos(System.nanoTime() - started).toSeconds() < 15);
        assertEquals(revision + 1, after.path("revision").asLong());
        assertEquals("/photos/a.jpg", after.at("/purges/0/path").asText());
        assertEquals(1, after.at("/purges/0/id").asLong());

        RootKey other = new RootKey(key.id(), "another secret");
        assertEquals(401, f.signed(other, "GET", "/api/edge/settings", null).status());
    }

    @Test
    void aPurgeOfAHostThatIsNoDomainIsNotFoundAndPurgesNothing() {
        for (String path : List.of("/a.jpg", "http://unknown.example.com/a.jpg")) {
            ConsoleFixture.Answer refused =
                    f.post(
                            "/api/purges",
                            Map.of("kind", "url", "host", "unknown.example.com", "path", path));
            assertEquals(404, refused.status(), refused.text());
            assertTrue(refused.text().contains("unknown.example.com"), refused.text());
        }
        assertEquals(
                404,
                f.post("/api/purges", Map.of("kind", "all", "host", "unknown.example.com"))
                        .status());
        assertTrue(f.get("/api/purges").json().path("purges").isEmpty());
        assertEquals(
                201,
                f.post("/api/purges", Map.of("kind", "url", "host", "", "path", "/a.jpg"))
                        .status());
    }

    @Test
    void edgesHearWhichObjectsAreOthersNow() throws Exception {
        bucket("photos");
        RootKey key = f.access.serviceKey("edge");
        assertEquals(401, f.get("/api/edge/changes").status());
        assertEquals(400, f.signed(key, "GET", "/api/edge/changes?after=7", null).status());
        JsonNode first = f.signed(key, "GET", "/api/edge/changes", null).json();
        assertTrue(first.path("lost").asBoolean(), "whoever knows nothing has missed everything");

        f.store.objects().put(PutObject.of("photos", "a b/ü.jpg", 3), bytes("one"));
        String poll = "/api/edge/changes?wait=20&after=";
        CompletableFuture<JsonNode> told =
                CompletableFuture.supplyAsync(
                        () ->
                                f.signed(key, "GET", poll + first.path("cursor").asText(), null)
                                        .json());
        f.store.objects().put(PutObject.of("photos", "a b/ü.jpg", 3), bytes("two"));
        JsonNode overwritten = told.get();
        assertEquals("/photos/a%20b/%C3%BC.jpg", overwritten.at("/paths/0").asText());
        assertEquals(1, overwritten.path("paths").size());
        assertFalse(overwritten.path("lost").asBoolean());

        f.store.objects().delete("photos", "a b/ü.jpg");
        JsonNode deleted =
                f.signed(key, "GET", poll + overwritten.path("cursor").asText(), null).json();
        assertEquals("/photos/a%20b/%C3%BC.jpg", deleted.at("/paths/0").asText());
        String ahead = deleted.path("cursor").asText().replaceAll("\\d+", "999999999");
        JsonNode elsewhere = f.signed(key, "GET", poll + ahead, null).json();
        assertTrue(elsewhere.path("lost").asBoolean(), "a cursor of another store");
        assertEquals(deleted.path("cursor").asText(), elsewhere.path("cursor").asText());
    }

    @Test
    void domainsKeepTheirKeySealedAndTellItToTheEdgeAlone(@TempDir Path directory)
            throws Exception {
        Pem pem = Pem.selfSigned(directory, "img.example.com");
        Map<String, Object> domain =
                Map.of(
                        "website",
                        true,
                        "host",
                        "img.example.com",
                        "origin",
                        Map.of("type", "bucket", "bucket", "photos", "prefix", ""),
                        "auth",
                        Map.of("type", "A", "validitySeconds", 600),
                        "certificatePem",
                        pem.certificate(),
                        "privateKeyPem",
                        pem.key());
        ConsoleFixture.Answer made = f.post("/api/domains", domain);
        assertEquals(201, made.status(), made.text());
        assertEquals(32, made.json().at("/auth/key").asText().length());
        assertTrue(made.json().at("/certificate/subject").asText().contains("img.example.com"));
        assertEquals(409, f.post("/api/domains", domain).status());
        assertFalse(f.get("/api/domains").text().contains("PRIVATE"));
        JsonNode settings =
                f.signed(f.access.serviceKey("edge"), "GET", "/api/edge/settings", null).json();
        assertEquals(pem.key(), settings.at("/domains/0/privateKeyPem").asText());
        assertEquals(600, settings.at("/domains/0/auth/validitySeconds").asInt());
        assertTrue(made.json().path("website").asBoolean());
        assertTrue(settings.at("/domains/0/website").asBoolean());
        ConsoleFixture.Answer plain =
                f.call(
                        "PUT",
                        "/api/domains/img.example.com",
                        Map.of(
                                "anyone",
                                true,
                                "origin",
                                Map.of("type", "bucket", "bucket", "photos")));
        assertFalse(plain.json().path("website").asBoolean(true), "said anew each time");

        Pem other = Pem.selfSigned(directory, "other.example.com");
        ConsoleFixture.Answer mixed =
                f.call(
                        "PUT",
                        "/api/domains/img.example.com",
                        Map.of(
                                "origin",
                                Map.of("type", "stream", "stream", "show"),
                                "certificatePem",
                                pem.certificate(),
                                "privateKeyPem",
                                other.key()));
        assertEquals(400, mixed.status());
        assertEquals(200, f.call("DELETE", "/api/domains/img.example.com", null).status());
        assertEquals(0, f.get("/api/domains").json().path("domains").size());
    }

    @Test
    void reportsBecomeHitRatios() {
        RootKey key = f.access.serviceKey("edge");
        report(key, 100, 80, 20);
        f.clock.advance(Duration.ofSeconds(2));
        report(key, 300, 270, 30);
        JsonNode domains = f.get("/api/domains").json();
        assertEquals(0.9, domains.at("/defaultDomain/hitRatio").asDouble(), 1e-9);
        assertEquals(100, domains.at("/defaultDomain/requestsPerSecond").asDouble(), 1e-6);
        assertEquals("edge-1", domains.at("/edges/0/id").asText());
    }

    private void report(RootKey key, long requests, long hits, long misses) {
        Map<String, Object> line =
                Map.of(
                        "host",
                        "*",
                        "requests",
                        requests,
                        "hits",
                        hits,
                        "misses",
                        misses,
                        "revalidated",
                        0,
                        "bytes",
                        requests * 1000,
                        "originRequests",
                        misses);
        Map<String, Object> report =
                Map.of("edge", "edge-1", "domains", List.of(line), "windowSeconds", 2);
        assertEquals(200, f.signed(key, "POST", "/api/edge/report", report).status());
    }

    @Test
    void theOverviewComesAsEvents() throws IOException {
        bucket("photos");
        java.net.URLConnection events = f.uri("/api/events").toURL().openConnection();
        events.setRequestProperty("Cookie", f.cookie);
        events.setReadTimeout(5000);
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(events.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("event: overview", lines.readLine());
            assertTrue(lines.readLine().startsWith("data: {\"now\":\""));
            lines.readLine();
            assertEquals("event: overview", lines.readLine());
        }
        assertTrue(f.get("/api/overview/history").json().path("times").size() > 0);
    }

    @Test
    void theOverviewCountsACameraThatWasRegisteredSince() {
        bucket("photos");
        await(() -> f.get("/api/overview/history").json().path("times").size() > 0);
        assertEquals(0, f.get("/api/overview").json().path("cameras").asInt());
        f.access.devices().register("cam", "photos", "cam/", f.access.root()).orThrow();
        await(() -> f.get("/api/overview").json().path("cameras").asInt() == 1);
    }

    private static void await(BooleanSupplier holds) {
        Deadline end = MonotonicClock.system().deadline(Duration.ofSeconds(30));
        while (!holds.getAsBoolean()) {
            assertFalse(end.hasPassed());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    @Test
    void aUserMayDoWhatThePoliciesSay() {
        bucket("photos");
        f.access.users().create("viewer", "a-long-password", List.of("ReadOnlyAccess")).orThrow();
        f.cookie = null;
        f.keep(f.post("/api/session", Map.of("user", "viewer", "password", "a-long-password")));
        assertEquals(200, f.get("/api/buckets").status());
        ConsoleFixture.Answer refused = f.post("/api/buckets", Map.of("name", "mine"));
        assertEquals(403, refused.status());
        assertTrue(refused.json().path("hint").asText().contains("oss:PutBucket"));
        assertEquals(403, f.post("/api/purges", Map.of("kind", "all")).status());
        assertEquals(403, f.post("/api/uploads/credentials", Map.of("bucket", "photos")).status());
    }

    @Test
    void aDeviceGetsNoMoreThanWhoRegistersIt() {
        bucket("photos");
        f.access
                .policies()
                .put(
                        "installer",
                        """
                        {"Version":"1","Statement":[{"Effect":"Allow","Action":"camera:Register",\
                        "Resource":"*"},{"Effect":"Allow","Action":"oss:PutObject",\
                        "Resource":"acs:oss:*:*:photos/cams/*"}]}""")
                .orThrow();
        f.access.users().create("installer", "a-long-password", List.of("installer")).orThrow();
        f.cookie = null;
        f.keep(f.post("/api/session", Map.of("user", "installer", "password", "a-long-password")));
        assertEquals(201, register("own", "cams/own/"));
        assertEquals(403, register("other", "albums/"));
    }

    private int register(String id, String prefix) {
        return f.post("/api/devices", Map.of("id", id, "bucket", "photos", "prefix", prefix))
                .status();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
