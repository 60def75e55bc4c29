package io.millrace.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.kit.http.Gzip;
import io.millrace.signing.UrlAuth;
import io.millrace.testkit.TestClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Domains, proofs, playlists, purges and certificates as the console sets them, with curl. */
@Timeout(600)
class DomainsTest {
    private static final String KEY = "playback-key";
    private static final String DEFAULT =
            "\"default\":{\"auth\":{\"type\":\"A\",\"key\":\""
                    + KEY
                    + "\",\"backupKey\":\"old-key\",\"validitySeconds\":1800},\"playback\":true}";
    private static final String PLAYLIST =
            """
            #EXTM3U
            #EXT-X-TARGETDURATION:2
            #EXT-X-MAP:URI="init.mp4"
            #EXTINF:2.0,
            0000000001.m4s
            #EXTINF:2.0,
            /_live/demo/src/0000000002.m4s?x=1
            #EXTINF:2.0,
            https://elsewhere.example/3.m4s
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI="../demo/src/3.0.m4s"
            """;

    @TempDir Path directory;
    final TestClock clock = new TestClock(EdgeFixture.START);
    TestOrigin origin;
    TestConsole console;
    Edge edge;

    @BeforeEach
    void open() throws Exception {
        origin = new TestOrigin();
        console = new TestConsole();
        byte[] image = "an image".getBytes(StandardCharsets.US_ASCII);
        origin.object(
                "/photos/a.jpg",
                image,
                "\"i\"",
                "Cache-Control: max-age=600",
                "Content-Type: image/jpeg");
        origin.object(
                "/photos/2026/b.jpg",
                image,
                "\"i\"",
                "Cache-Control: max-age=600",
                "Content-Type: image/jpeg");
        origin.on(
                "/_live/demo/index.m3u8",
                200,
                PLAYLIST.getBytes(StandardCharsets.UTF_8),
                "Cache-Control: max-age=1",
                "Content-Type: application/vnd.apple.mpegurl");
        origin.object(
                "/_live/demo/0000000001.m4s",
                new byte[300_000],
                "\"s\"",
                "Cache-Control: max-age=31536000, immutable");
        console.set(
                DEFAULT
                        + """
                        ,"domains":[
                        {"host":"img.example.com","origin":{"type":"bucket","bucket":"photos","prefix":""},"auth":null,"ttlSeconds":null},
                        {"host":"year.example.com","origin":{"type":"bucket","bucket":"photos","prefix":"2026/"},"auth":{"type":"A","key":"own","backupKey":null,"validitySeconds":60},"ttlSeconds":5},
                        {"host":"live.example.com","origin":{"type":"stream","stream":"demo"},"auth":null,"certificatePem":%s,"privateKeyPem":%s},
                        {"host":"site.example.com","origin":{"type":"bucket","bucket":"photos","prefix":""},"auth":null,"website":true},
                        {"host":"bad.example.com","origin":{"type":"bucket","bucket":"../etc"},"auth":null}
                        ],"purges":[]"""
                                .formatted(certificate("live.example.com")));
        edge = openEdge();
        await(() -> curl("http://img.example.com:" + edge.port() + "/a.jpg").status == 200);
    }

    private Edge openEdge() {
        return Edge.open(
                EdgeOptions.of(origin.uri(), directory.resolve("cache"))
                        .withConsole(
                                console.uri(), new EdgeOptions.ServiceKey("svc", "secret"), null)
                        .listening("127.0.0.1", 0, 0),
                clock.clocks(),
                new SimpleMeterRegistry());
    }

    @AfterEach
    void close() throws IOException {
        edge.close();
        console.close();
        origin.close();
    }

    private record Answer(int status, String head, String body) {
        String header(String name) {
            for (String line : head.split("\r\n")) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }

    private Answer curl(String url, String... more) {
        try {
            List<String> command =
                    new ArrayList<>(List.of("curl", "-s", "-i", "-m", "120", "--path-as-is"));
            command.addAll(List.of(more));
            for (String host : List.of("img", "year", "live", "site", "bad", "other")) {
                command.addAll(List.of("--connect-to", host + ".example.com::127.0.0.1:"));
            }
            command.add(url);
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String all =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor(130, TimeUnit.SECONDS);
            int end = all.indexOf("\r\n\r\n");
            return end < 0
                    ? new Answer(-1, all, "")
                    : new Answer(
                            Integer.parseInt(all.split(" ")[1]),
                            all.substring(0, end),
                            all.substring(end + 4));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    /** Until it holds; a machine with other work may take its time. */
    private static void await(Check check) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (!check.holds()) {
            assertTrue(System.nanoTime() < end, "not within three minutes");
            Thread.sleep(25);
        }
    }

    private String url(String path) {
        return "http://127.0.0.1:" + edge.port() + path;
    }

    private static String proven(String path, String key, long secondsFromNow) {
        long ts = EdgeFixture.START.getEpochSecond() + secondsFromNow;
        return path + "?auth_key=" + UrlAuth.A.sign(path, ts, "r4nd", "viewer", key);
    }

    @Test
    void theDefaultDomainNeedsAProofForEachPath() {
        assertEquals(200, curl(url(proven("/photos/a.jpg", KEY, 0))).status);
        assertEquals(
                200, curl(url(proven("/photos/a.jpg", "old-key", 0))).status, "the backup key");
        assertEquals(200, curl(url(proven("/photos/a.jpg", KEY, -1800))).status, "the last second");
        Answer none = curl(url("/photos/a.jpg"));
        assertEquals(403, none.status);
        assertEquals("auth-missing", none.header("Millrace-Reason"));
        assertEquals(
                "auth-expired",
                curl(url(proven("/photos/a.jpg", KEY, -1801))).header("Millrace-Reason"));
        assertEquals(
                "auth-wrong",
                curl(url(proven("/photos/a.jpg", "guess", 0))).header("Millrace-Reason"));
        String other = proven("/photos/a.jpg", KEY, 0).replace("a.jpg", "2026/b.jpg");
        assertEquals("auth-wrong", curl(url(other)).header("Millrace-Reason"));
        assertEquals(
                "auth-malformed",
                curl(url("/photos/a.jpg?auth_key=1-2")).header("Millrace-Reason"));
        assertEquals(
                405, curl(url(proven("/photos/a.jpg", KEY, 0)), "-X", "PUT", "-d", "x").status);
    }

    @Test
    void theProofIsNeitherInTheKeyNorAtTheOriginAndTheOriginRequestIsSigned() {
        curl(url(proven("/photos/a.jpg", KEY, 0)));
        Answer second = curl(url(proven("/photos/a.jpg", KEY, 100)));
        assertTrue(second.header("Cache-Status").contains("hit"), second.head);
        assertEquals(1, origin.count("/photos/a.jpg"), "both domains share what they keep");
        TestOrigin.Seen seen = origin.requests().getFirst();
        assertEquals("/photos/a.jpg", seen.target());
        assertTrue(seen.header("authorization").startsWith("AWS4-HMAC-SHA256 Credential=svc/"));
        assertEquals("*", second.header("Access-Control-Allow-Origin"));
    }

    @Test
    void aCustomDomainShowsItsPartOfTheOriginUnderItsOwnRule() {
        assertEquals("an image", curl("http://img.example.com:" + edge.port() + "/a.jpg").body);
        String year = "http://year.example.com:" + edge.port();
        assertEquals(403, curl(year + "/b.jpg").status);
        assertEquals(403, curl(year + proven("/b.jpg", KEY, 0)).status, "another domain's key");
        assertEquals(200, curl(year + proven("/b.jpg", "own", 0)).status);
        assertTrue(
                curl(year + proven("/b.jpg", "own", 0)).header("Cache-Status").contains("ttl=5"));
        assertEquals(
                403, curl("http://bad.example.com:" + edge.port() + "/passwd").status, "left out");
        assertEquals(400, curl("http://img.example.com:" + edge.port() + "/../secret/x").status);
    }

    @Test
    void aDomainsLifetimeIsItsOwn() {
        origin.object("/photos/2026/b.jpg", new byte[9], "\"i\"", "Cache-Control: max-age=600");
        String year = "http://year.example.com:" + edge.port();
        String img = "http://img.example.com:" + edge.port() + "/2026/b.jpg";
        curl(year + proven("/b.jpg", "own", 0));
        assertTrue(curl(img).header("Cache-Status").contains("hit; ttl=600"));
        assertTrue(
                curl(year + proven("/b.jpg", "own", 0)).header("Cache-Status").contains("ttl=5"));
        clock.advance(Duration.ofSeconds(30));
        assertTrue(curl(img).header("Cache-Status").contains("hit; ttl=570"), "the origin's word");
        assertEquals(1, origin.count("/photos/2026/b.jpg"));
        Answer again = curl(year + proven("/b.jpg", "own", 0));
        assertTrue(again.header("Cache-Status").contains("fwd-status=304"), again.head);
        assertEquals(2, origin.count("/photos/2026/b.jpg"));
    }

    @Test
    void aLongerLifetimeOfADomainShowsNoStaleAnswerAtAnother() {
        origin.on("/photos/2026/n", 200, new byte[9], "Cache-Control: max-age=0");
        String year = "http://year.example.com:" + edge.port();
        String img = "http://img.example.com:" + edge.port() + "/2026/n";
        curl(year + proven("/n", "own", 0));
        assertTrue(curl(year + proven("/n", "own", 0)).header("Cache-Status").contains("hit"));
        assertTrue(curl(img).header("Cache-Status").contains("fwd=stale"), "not fresh here");
        assertEquals(2, origin.count("/photos/2026/n"));
        assertTrue(
                curl(year + proven("/n", "own", 0)).header("Cache-Status").contains("hit"),
                "and still kept for the other");
        edge.close();
        edge = openEdge();
        String after = "http://img.example.com:" + edge.port() + "/2026/n";
        assertTrue(curl(after).header("Cache-Status").contains("fwd="), "after a restart");
    }

    /** Both domains share what is kept; each shows it by its own word. */
    @Test
    void theOriginsPolicyOfAPageHoldsButWhereTheDomainIsAWebsite() {
        origin.object(
                "/photos/page",
                "<p>".getBytes(StandardCharsets.US_ASCII),
                "\"p\"",
                "Cache-Control: max-age=600",
                "Content-Security-Policy: sandbox; default-src 'none'",
                "Content-Type: text/html");
        origin.on("/photos/new", 200, new byte[1], "Content-Security-Policy: sandbox");
        for (String path : List.of("/page", "/new")) {
            for (int i = 0; i < 3; i++) {
                Answer data = curl("http://img.example.com:" + edge.port() + path);
                assertTrue(data.header("Content-Security-Policy").startsWith("sandbox"), data.head);
                Answer site = curl("http://site.example.com:" + edge.port() + path);
                assertEquals(200, site.status);
                assertEquals("", site.header("Content-Security-Policy"), site.head);
                Answer part = curl("http://site.example.com:" + edge.port() + path, "-r", "0-0");
                assertEquals("", part.header("Content-Security-Policy"), part.head);
                Answer unchanged =
                        curl(
                                "http://site.example.com:" + edge.port() + path,
                                "-H",
                                "If-None-Match: \"p\"");
                assertEquals("", unchanged.header("Content-Security-Policy"), unchanged.head);
            }
        }
        Answer same =
                curl(
                        "http://img.example.com:" + edge.port() + "/page",
                        "-H",
                        "If-None-Match: \"p\"");
        assertEquals(304, same.status);
        assertTrue(same.header("Content-Security-Policy").startsWith("sandbox"), same.head);
    }

    @Test
    void aPlaylistCarriesTheViewersProofOnEachOfItsUris() {
        Answer list = curl(url(proven("/_live/demo/index.m3u8", KEY, 0)));
        assertEquals(200, list.status, list.head);
        String[] lines = list.body.split("\n");
        assertEquals(9 + 1, lines.length);
        String init =
                UrlAuth.A.sign(
                        "/_live/demo/init.mp4",
                        EdgeFixture.START.getEpochSecond(),
                        "r4nd",
                        "viewer",
                        KEY);
        assertEquals("#EXT-X-MAP:URI=\"init.mp4?auth_key=" + init + "\"", lines[2]);
        assertTrue(lines[4].startsWith("0000000001.m4s?auth_key="), lines[4]);
        assertTrue(lines[6].startsWith("/_live/demo/src/0000000002.m4s?x=1&auth_key="), lines[6]);
        assertEquals("https://elsewhere.example/3.m4s", lines[8]);
        assertTrue(lines[9].endsWith("\""), lines[9]);
        Answer segment = curl(url("/_live/demo/" + lines[4]));
        assertEquals(200, segment.status);
        assertEquals(403, curl(url("/_live/demo/0000000001.m4s")).status);
        assertEquals(403, curl(url("/_live/other/" + lines[4])).status, "another stream's");
        Answer second = curl(url(proven("/_live/demo/index.m3u8", KEY, 60)));
        assertTrue(second.header("Cache-Status").contains("hit"), second.head);
        assertFalse(second.body.equals(list.body));
        assertEquals(1, origin.count("/_live/demo/index.m3u8"));
    }

    /** By curl, which unpacks what it asked for packed; eight hours of segments. */
    @Test
    void aLongPlaylistTravelsPackedAndIsNotSentTwice() throws Exception {
        String long8 = "#EXTM3U\n" + "#EXTINF:2.000000,\n0000000000.ts\n".repeat(14_400);
        byte[] text = long8.getBytes(StandardCharsets.UTF_8);
        String[] head = {
            "Cache-Control: max-age=3600",
            "ETag: W/\"e\"",
            "Vary: Accept-Encoding",
            "Content-Type: application/vnd.apple.mpegurl"
        };
        origin.on("/_live/demo/long.m3u8", 200, text, head);
        String[] packedHead = java.util.Arrays.copyOf(head, 5);
        packedHead[4] = "Content-Encoding: gzip";
        origin.on("/_live/demo/packed.m3u8", 200, Gzip.pack(text), packedHead);
        for (String name : List.of("long", "packed")) {
            String url = url(proven("/_live/demo/" + name + ".m3u8", KEY, 0));
            Answer plain = curl(url);
            assertEquals("", plain.header("Content-Encoding"), plain.head);
            assertEquals(14_400, plain.body.split("auth_key=", -1).length - 1);
            Answer packed = curl(url, "--compressed");
            assertEquals("gzip", packed.header("Content-Encoding"), packed.head);
            assertEquals(plain.body, packed.body);
            int length = Integer.parseInt(packed.header("Content-Length"));
            assertTrue(length < plain.body.length() / 20, length + " bytes");
            assertEquals("W/\"e\"", packed.header("ETag"));
            assertEquals("Accept-Encoding", packed.header("Vary"));
            assertEquals("max-age=3600", packed.header("Cache-Control"));
            Answer known = curl(url, "-H", "If-None-Match: W/\"e\"");
            assertEquals(304, known.status, known.head);
            assertEquals(1, origin.count("/_live/demo/" + name + ".m3u8"));
        }
    }

    @Test
    void aPlaylistOfMoreLinesThanCanBeSignedIsRefused() throws Exception {
        byte[] text = "a\n".repeat(2_000_000).getBytes(StandardCharsets.UTF_8);
        origin.on(
                "/_live/demo/bomb.m3u8",
                200,
                Gzip.pack(text),
                "Cache-Control: max-age=3600",
                "Content-Encoding: gzip",
                "Content-Type: application/vnd.apple.mpegurl");
        Answer refused = curl(url(proven("/_live/demo/bomb.m3u8", KEY, 0)));
        assertEquals(502, refused.status, refused.head);
        assertTrue(refused.body.contains("lines"), refused.body);
    }

    @Test
    void tlsAnswersByNameWithTheSuppliedCertificate() throws Exception {
        Path pem = directory.resolve("live.example.com.crt");
        Answer live =
                curl(
                        "https://live.example.com:" + edge.tlsPort() + "/index.m3u8",
                        "--cacert",
                        pem.toString());
        assertEquals(200, live.status, live.head);
        assertEquals(PLAYLIST, live.body, "a public domain's playlist stays as it is");
        Answer other =
                curl(
                        "https://other.example.com:"
                                + edge.tlsPort()
                                + proven("/photos/a.jpg", KEY, 0),
                        "-k");
        assertEquals("an image", other.body, "an unknown name gets the default certificate");
        byte[] large = EdgeFixture.bytes(3_000_000, 1);
        origin.object("/_live/demo/large", large, "\"l\"", "Cache-Control: max-age=60");
        for (int i = 0; i < 3; i++) {
            Path out = directory.resolve("out-" + i);
            curl(
                    "https://live.example.com:" + edge.tlsPort() + "/large",
                    "--cacert",
                    pem.toString(),
                    "-o",
                    out.toString(),
                    "--no-include");
            byte[] got = Files.readAllBytes(out);
            assertEquals(large.length, got.length - indexOfBody(got));
            assertEquals(
                    java.util.Arrays.hashCode(large),
                    java.util.Arrays.hashCode(
                            java.util.Arrays.copyOfRange(got, indexOfBody(got), got.length)));
        }
        assertEquals(1, origin.count("/_live/demo/large"));
    }

    private static int indexOfBody(byte[] answer) {
        String text =
                new String(answer, 0, Math.min(4096, answer.length), StandardCharsets.ISO_8859_1);
        return text.startsWith("HTTP/") ? text.indexOf("\r\n\r\n") + 4 : 0;
    }

    @Test
    void purgesFromTheConsoleTakeEffectOnceAndSettingsOutliveIt() throws Exception {
        String image = "http://img.example.com:" + edge.port() + "/a.jpg";
        assertTrue(curl(image).header("Cache-Status").contains("hit"));
        long before = origin.count("/photos/a.jpg");
        console.set(
                DEFAULT
                        + """
                        ,"domains":[{"host":"img.example.com","origin":{"type":"bucket","bucket":"photos","prefix":""},"auth":null}],
                        "purgesFrom":1,"purges":[{"id":12,"kind":"url","host":"img.example.com","path":"/a.jpg"}]""");
        await(
                () -> {
                    curl(image);
                    return origin.count("/photos/a.jpg") == before + 1;
                });
        for (int i = 0; i < 3; i++) {
            curl(image);
        }
        assertEquals(before + 1, origin.count("/photos/a.jpg"), "a purge is applied once");
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("cache/settings.json"))));
        console.set(
                DEFAULT
                        + """
                        ,"domains":[{"host":"img.example.com","origin":{"type":"bucket","bucket":"photos","prefix":""},"auth":null}],
                        "purgesFrom":40,"purges":[]""");
        await(
                () -> {
                    curl(image);
                    return origin.count("/photos/a.jpg") == before + 2;
                });
        console.close();
        edge.close();
        edge = openEdge();
        Answer after = curl("http://img.example.com:" + edge.port() + "/a.jpg");
        assertEquals(200, after.status);
        assertTrue(after.header("Cache-Status").contains("hit"), after.head);
    }

    @Test
    void reportsReachTheConsoleAndStatisticsNeedASignature() throws Exception {
        curl("http://img.example.com:" + edge.port() + "/a.jpg");
        await(
                () ->
                        !console.reports().isEmpty()
                                && console.reports()
                                        .getLast()
                                        .contains("\"host\":\"img.example.com\""));
        assertTrue(console.authorizations().getFirst().contains("/local/millrace/aws4_request"));
        assertTrue(console.reports().getLast().contains("\"tls\":true"), "it listens for TLS");
        assertEquals(403, curl(url("/.millrace/stats")).status);
        Answer signed =
                curl(
                        url("/.millrace/stats"),
                        "--aws-sigv4",
                        "aws:amz:local:millrace",
                        "--user",
                        "svc:secret",
                        "-H",
                        "x-amz-content-sha256: UNSIGNED-PAYLOAD");
        assertEquals(200, curl(url("/.millrace/health")).status);
        assertTrue(signed.status == 200 || signed.status == 403);
    }

    /** A self-signed certificate made by openssl, as two JSON strings: chain and key. */
    private Object[] certificate(String host) throws Exception {
        Path crt = directory.resolve(host + ".crt");
        Path key = directory.resolve(host + ".key");
        Process openssl =
                new ProcessBuilder(
                                "openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "rsa:2048",
                                "-nodes",
                                "-days",
                                "2",
                                "-subj",
                                "/CN=" + host,
                                "-addext",
                                "subjectAltName=DNS:" + host,
                                "-out",
                                crt.toString(),
                                "-keyout",
                                key.toString())
                        .redirectErrorStream(true)
                        .start();
        openssl.getInputStream().readAllBytes();
        assertEquals(0, openssl.waitFor());
        return new Object[] {json(Files.readString(crt)), json(Files.readString(key))};
    }

    private static String json(String text) {
        return "\"" + text.replace("\n", "\\n") + "\"";
    }
}
