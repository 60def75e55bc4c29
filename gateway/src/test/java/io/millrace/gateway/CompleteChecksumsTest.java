package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.testkit.FakeExchange;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a completion says of its parts and of its object is so, or it is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompleteChecksumsTest {
    /** Larger than the least of a part, and than what stands in a row. */
    private static final String ONE = "one ".repeat(30_000);

    private static final String TWO = "two";

    private InnerDoor door;
    private String uploadId = "";
    private int count;
    private String key = "/bucket/new";

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        door = new InnerDoor(directory);
        door.ask(Dialect.S3, "PUT", "/bucket", "");
    }

    @BeforeEach
    void begin() throws Exception {
        key = "/bucket/new" + ++count;
        begin(Map.of());
    }

    @AfterAll
    void close() {
        door.close();
    }

    private FakeExchange ask(String method, String target, String body, Map<String, String> headers)
            throws Exception {
        return door.ask(InnerDoor.ROOT, Dialect.S3, method, target, body, headers);
    }

    private FakeExchange begin(Map<String, String> headers) throws Exception {
        FakeExchange answer = ask("POST", key + "?uploads", "", headers);
        uploadId = answer.answerText().replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
        return answer;
    }

    private void part(int number, String body, Map<String, String> headers) throws Exception {
        String target = key + "?partNumber=" + number + "&uploadId=" + uploadId;
        FakeExchange answer = ask("PUT", target, body, headers);
        assertEquals(200, answer.status(), answer.answerText());
    }

    private void parts(ChecksumAlgorithm... algorithms) throws Exception {
        for (String body : List.of(ONE, TWO)) {
            Map<String, String> headers = new HashMap<>();
            for (ChecksumAlgorithm algorithm : algorithms) {
                headers.put(header(algorithm), base64(sum(algorithm, body)));
            }
            part(body.equals(ONE) ? 1 : 2, body, headers);
        }
    }

    private static String header(ChecksumAlgorithm algorithm) {
        return "x-amz-checksum-" + algorithm.name().toLowerCase(Locale.ROOT);
    }

    private static byte[] sum(ChecksumAlgorithm algorithm, String of) {
        return Checksum.of(algorithm, of.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String whole(ChecksumAlgorithm algorithm) {
        return base64(sum(algorithm, ONE + TWO));
    }

    private static String composite(ChecksumAlgorithm algorithm) {
        ByteArrayOutputStream sums = new ByteArrayOutputStream();
        sums.writeBytes(sum(algorithm, ONE));
        sums.writeBytes(sum(algorithm, TWO));
        return base64(Checksum.of(algorithm, sums.toByteArray()));
    }

    private static String document(String ofFirst, String ofSecond) throws Exception {
        return "<CompleteMultipartUpload>"
                + element(1, ONE, ofFirst)
                + element(2, TWO, ofSecond)
                + "</CompleteMultipartUpload>";
    }

    private static String element(int number, String body, String more) throws Exception {
        byte[] md5 =
                java.security.MessageDigest.getInstance("MD5")
                        .digest(body.getBytes(StandardCharsets.UTF_8));
        return "<Part><PartNumber>"
                + number
                + "</PartNumber><ETag>"
                + java.util.HexFormat.of().formatHex(md5)
                + "</ETag>"
                + more
                + "</Part>";
    }

    private FakeExchange complete(String document, Map<String, String> headers) throws Exception {
        return ask("POST", key + "?uploadId=" + uploadId, document, headers);
    }

    private void refused(String document, Map<String, String> headers) throws Exception {
        FakeExchange answer = complete(document, headers);
        assertTrue(answer.status() == 400 || answer.status() == 501, answer.answerText());
        assertEquals(404, ask("GET", key, "", Map.of()).status(), "the upload is still open");
        String list = key + "?uploadId=" + uploadId;
        assertEquals(200, ask("GET", list, "", Map.of()).status());
    }

    private void completed(Map<String, String> headers) throws Exception {
        FakeExchange answer = complete(document("", ""), headers);
        assertEquals(200, answer.status(), answer.answerText());
        for (Map.Entry<String, String> each : headers.entrySet()) {
            if (!each.getKey().endsWith("size")) {
                assertTrue(answer.answerText().contains(">" + each.getValue() + "<"));
            }
        }
        assertEquals(ONE + TWO, ask("GET", key, "", Map.of()).answerText());
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
    void aFullObjectChecksumIsVerified(ChecksumAlgorithm algorithm) throws Exception {
        parts(algorithm);
        String type = "x-amz-checksum-type";
        refused(document("", ""), Map.of(header(algorithm), base64(sum(algorithm, TWO + ONE))));
        refused(
                document("", ""),
                Map.of(header(algorithm), composite(algorithm), type, "FULL_OBJECT"));
        completed(Map.of(header(algorithm), whole(algorithm), type, "FULL_OBJECT"));
    }

    /** As after a part copy, by a client that sends none, or of an earlier version's parts. */
    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
    void partsThatWereSentWithoutItAreReadForIt(ChecksumAlgorithm algorithm) throws Exception {
        part(1, ONE, Map.of());
        part(2, TWO, Map.of(header(algorithm), base64(sum(algorithm, TWO))));
        refused(document("", ""), Map.of(header(algorithm), base64(sum(algorithm, ONE))));
        completed(Map.of(header(algorithm), whole(algorithm)));
    }

    @ParameterizedTest
    @EnumSource(names = {"CRC32", "CRC32C", "SHA1", "SHA256"})
    void aCompositeChecksumIsVerified(ChecksumAlgorithm algorithm) throws Exception {
        parts(algorithm);
        String said = composite(algorithm);
        var composite = Map.of("x-amz-checksum-type", "COMPOSITE");
        for (String wrong :
                List.of(
                        said + "-1",
                        said + "-3",
                        base64(sum(algorithm, ONE)) + "-2",
                        whole(algorithm) + "-2")) {
            var headers = new HashMap<>(composite);
            headers.put(header(algorithm), wrong);
            refused(document("", ""), headers);
            refused(document("", ""), Map.of(header(algorithm), wrong));
        }
        completed(Map.of(header(algorithm), said + "-2", "x-amz-checksum-type", "COMPOSITE"));
    }

    @ParameterizedTest
    @EnumSource
    void aWrongChecksumOfAPartIsRefused(ChecksumAlgorithm algorithm) throws Exception {
        parts(algorithm);
        String name = "Checksum" + algorithm;
        String one = "<" + name + ">" + base64(sum(algorithm, ONE)) + "</" + name + ">";
        String two = "<" + name + ">" + base64(sum(algorithm, TWO)) + "</" + name + ">";
        refused(document(one, one), Map.of());
        refused(document("", "<" + name + ">AAAA</" + name + ">"), Map.of());
        refused(document("", "<" + name + "></" + name + ">"), Map.of());
        refused(document(one, two + two), Map.of());
        refused(document(one, "<ChecksumMD5>1B2M2Y8AsgTpgAmY7PhCfg==</ChecksumMD5>"), Map.of());
        String list = ask("GET", key + "?uploadId=" + uploadId, "", Map.of()).answerText();
        assertTrue(list.contains(one) && list.contains(two), list);
        assertEquals(200, complete(document(one, two), Map.of()).status());
    }

    @ParameterizedTest
    @EnumSource
    void aWrongChecksumOfAnyKindIsRefused(ChecksumAlgorithm algorithm) throws Exception {
        String wrong = base64(sum(algorithm, "another"));
        var headers = Map.of(header(algorithm), wrong);
        String part = key + "?partNumber=1&uploadId=" + uploadId;
        String delete = "<Delete><Object><Key>kept</Key></Object></Delete>";
        ask("PUT", "/bucket/kept", "kept", Map.of());
        for (String[] asked :
                new String[][] {
                    {"PUT", "/bucket/kept", "new"},
                    {"PUT", part, "new"},
                    {"PUT", "/made", ""},
                    {"POST", "/bucket/?delete", delete},
                    {"POST", "/bucket/log?append&position=0", "new"},
                }) {
            FakeExchange answer = ask(asked[0], asked[1], asked[2], headers);
            assertEquals(400, answer.status(), asked[1] + answer.answerText());
        }
        assertEquals("kept", ask("GET", "/bucket/kept", "", Map.of()).answerText());
        assertEquals(404, ask("GET", "/made/", "", Map.of()).status());
        parts(algorithm);
        refused(document("", ""), headers);
    }

    @Test
    void anotherSizeIsRefused() throws Exception {
        parts();
        int size = ONE.length() + TWO.length();
        for (String wrong : List.of("0", "1", "" + (size + 1), "-1", "", "x")) {
            refused(document("", ""), Map.of("x-amz-mp-object-size", wrong));
        }
        completed(Map.of("x-amz-mp-object-size", "" + size));
        // A client that lost its answer asks again.
        assertEquals(
                200,
                complete(document("", ""), Map.of("x-amz-mp-object-size", "" + size)).status());
        assertEquals(400, complete(document("", ""), Map.of("x-amz-mp-object-size", "1")).status());
    }

    @Test
    void twoChecksumsOrOneThatIsNoneAreRefused() throws Exception {
        parts();
        String crc = whole(ChecksumAlgorithm.CRC32);
        for (Map<String, String> headers :
                List.of(
                        Map.of(
                                "x-amz-checksum-crc32",
                                crc,
                                "x-amz-checksum-crc32c",
                                whole(ChecksumAlgorithm.CRC32C)),
                        Map.of("x-amz-checksum-crc32", "AAAA"),
                        Map.of("x-amz-checksum-crc32", "not base64"),
                        Map.of(
                                "x-amz-checksum-crc32",
                                crc + "-2",
                                "x-amz-checksum-type",
                                "FULL_OBJECT"),
                        Map.of("x-amz-checksum-crc32", crc + "-0"),
                        Map.of("x-amz-checksum-crc32", crc, "x-amz-checksum-type", "WHOLE"),
                        Map.of("x-amz-checksum-type", "FULL_OBJECT"),
                        Map.of(
                                "x-amz-checksum-sha256",
                                whole(ChecksumAlgorithm.SHA256),
                                "x-amz-checksum-type",
                                "FULL_OBJECT"),
                        Map.of("x-amz-checksum-sha256", whole(ChecksumAlgorithm.SHA256)),
                        Map.of("x-amz-checksum-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="))) {
            refused(document("", ""), headers);
        }
        completed(Map.of("x-amz-checksum-crc32", crc));
    }

    @Test
    void theAlgorithmOfAnUploadIsGivenBack() throws Exception {
        FakeExchange begun =
                begin(
                        Map.of(
                                "x-amz-checksum-algorithm",
                                "CRC32C",
                                "x-amz-checksum-type",
                                "FULL_OBJECT"));
        assertEquals("CRC32C", begun.answerHeader("x-amz-checksum-algorithm"));
        assertEquals("FULL_OBJECT", begun.answerHeader("x-amz-checksum-type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"SHA1 FULL_OBJECT", "SHA256 FULL_OBJECT", "CRC64NVME COMPOSITE", "CRC32 X"})
    void anAlgorithmThatHasNotThatTypeIsRefused(String words) throws Exception {
        String[] each = words.split(" ");
        var headers = Map.of("x-amz-checksum-algorithm", each[0], "x-amz-checksum-type", each[1]);
        assertEquals(400, begin(headers).status());
        assertEquals(400, begin(Map.of("x-amz-checksum-type", "COMPOSITE")).status());
    }
}
