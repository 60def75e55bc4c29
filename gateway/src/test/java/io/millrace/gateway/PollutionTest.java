package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import io.millrace.testkit.FakeExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in a request twice is refused: nobody has one half checked and the other done. */
class PollutionTest {
    /**
     * A name that a reader asks a request for: {@code header("X")}, {@code get("x")} and others.
     */
    private static final Pattern ASKED =
            Pattern.compile(
                    "(header|get|text|has|number|position)\\(\\s*(query,\\s*)?\"([^\"]+)\"");

    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        for (String path : List.of("/bucket", "/bucket/k", "/bucket/other")) {
            String content = path.equals("/bucket") ? "" : path;
            assertEquals(200, door.ask(Dialect.S3, "PUT", path, content).status());
        }
    }

    @AfterEach
    void close() {
        door.close();
    }

    private void assertRefused(FakeExchange answer, String what) {
        assertEquals(400, answer.status(), what);
        assertTrue(answer.answerText().contains("twice"), answer.answerText());
        assertFalse(answer.answerText().contains("/bucket/k\n"), what);
    }

    private List<String> everything() throws Exception {
        List<String> all = new ArrayList<>();
        all.add(door.ask(Dialect.S3, "GET", "/bucket?list-type=2", "").answerText());
        for (String key : List.of("/bucket/k", "/bucket/other")) {
            all.add(door.ask(Dialect.S3, "GET", key, "").answerText());
        }
        return all;
    }

    private static Set<String> asked(String... modules) throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : modules) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    Matcher found = ASKED.matcher(Files.readString(file));
                    while (found.find()) {
                        String name = found.group(3);
                        names.addAll(List.of(name, "x-oss-" + name, "x-amz-" + name));
                    }
                }
            }
        }
        assertTrue(names.containsAll(Set.of("x-oss-process", "x-amz-copy-source", "uploadId")));
        return names;
    }

    /** Every name that the sources of the door and of the signatures ask for. */
    @Test
    void noNameOfAQueryMayStandThereTwice() throws Exception {
        List<String> before = everything();
        for (String name : asked("gateway", "signing")) {
            String encoded = "%" + Integer.toHexString(name.charAt(0)) + name.substring(1);
            List<String> queries =
                    List.of(
                            name + "&" + name + "=",
                            name + "=1&a&" + name + "=2",
                            name + "&" + encoded);
            for (String query : queries) {
                assertTwiceRefused(Dialect.OSS, "GET", "/bucket/k?" + query);
                assertTwiceRefused(Dialect.S3, "PUT", "/bucket/k?" + query);
            }
        }
        for (String name : VendorNames.read().all()) {
            assertTwiceRefused(Dialect.S3, "DELETE", "/bucket/k?" + name + "&" + name + "=");
        }
        assertEquals(before, everything());
    }

    private void assertTwiceRefused(Dialect dialect, String method, String target)
            throws Exception {
        assertEquals(400, door.unsigned(dialect, method, target, "new").status(), target);
    }

    @Test
    void noHeaderThatAReaderAsksForMayStandThereTwice() throws Exception {
        Set<String> names = asked("gateway", "signing");
        names.addAll(List.of("x-oss-meta-a", "x-amz-meta-a", "X-Unknown"));
        names.removeAll(List.of("Accept", "Access-Control-Request-Headers")); // lists
        List<String> before = everything();
        for (String name : names) {
            for (Dialect dialect : Dialect.values()) {
                for (String method : List.of("GET", "PUT")) {
                    FakeExchange answer =
                            door.repeating(dialect, method, "/bucket/k", name, List.of("1", "2"));
                    assertRefused(answer, method + " with " + name);
                }
            }
        }
        assertEquals(before, everything());
    }

    @Test
    void listsThatProxiesSendInPiecesMeanNothingHere() throws Exception {
        for (String name : List.of("Accept", "Via", "X-Forwarded-For", "Cookie", "Cache-Control")) {
            FakeExchange answer =
                    door.repeating(Dialect.S3, "GET", "/bucket/k", name, List.of("1", "2"));
            assertEquals(200, answer.status(), name);
            assertEquals("/bucket/k", answer.answerText());
        }
    }

    /** As the AWS SDKs for Java and Go send a chunked body that is encoded besides. */
    @Test
    void theChunkingMayStandBesideTheContentsOwnEncoding() throws Exception {
        String name = "Content-Encoding";
        for (List<String> both :
                List.of(List.of("gzip", "aws-chunked"), List.of("aws-chunked", "gzip"))) {
            assertEquals(200, door.repeating(Dialect.S3, "PUT", "/bucket/e", name, both).status());
            FakeExchange got = door.ask(Dialect.S3, "GET", "/bucket/e", "");
            assertEquals("gzip", got.answerHeader("Content-Encoding"));
        }
        assertRefused(
                door.repeating(Dialect.S3, "PUT", "/bucket/k", name, List.of("gzip", "br")), name);
    }

    /** The first one was carried out, the last one was verified. */
    @Test
    void aSignedLinkToOneThingOpensNoOther() throws Exception {
        Instant soon = Instant.now().plusSeconds(60);
        for (String asked :
                List.of("x-oss-process=image%2Fresize%2Cw_10", "response-content-type=a%2Fb")) {
            SignedRequest link = new SignedRequest("GET", "/bucket/k", asked, InnerDoor.host());
            OssSigner oss = new OssSigner(InnerDoor.ROOT, "local");
            SigV4Signer s3 = new SigV4Signer(InnerDoor.ROOT, "local", "s3");
            String name = asked.substring(0, asked.indexOf('='));
            for (String signed :
                    List.of(
                            oss.presignV1(link, soon),
                            oss.presignV4(link, Duration.ofMinutes(1), Instant.now()),
                            s3.presign(link, Duration.ofMinutes(1), Instant.now()))) {
                for (String more :
                        List.of(
                                name + "=",
                                name,
                                name + "=x",
                                "%"
                                        + Integer.toHexString(name.charAt(0))
                                        + name.substring(1)
                                        + "=")) {
                    for (String query : List.of(more + "&" + signed, signed + "&" + more)) {
                        assertRefused(
                                door.unsigned(Dialect.OSS, "GET", "/bucket/k?" + query, ""), query);
                    }
                }
            }
        }
    }

    @Test
    void aFormsQueryIsReadAsAQuery() throws Exception {
        FakeExchange answer =
                door.ask(
                        InnerDoor.ROOT,
                        Dialect.OSS,
                        "POST",
                        "/bucket/k?x-oss-process",
                        "x-oss-process%3D=a&x-oss-process=b&x-oss-process=c",
                        Map.of());
        assertTrue(answer.status() == 400 || answer.status() == 501, answer.answerText());
    }
}
