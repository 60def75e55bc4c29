package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.testkit.FakeExchange;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every header that either vendor's SDK can send, on every operation of ours: it is honoured, and
 * stands in {@code honoured-headers.txt} with the way in which that is seen, or the request is
 * refused and nothing has changed. A new header of a newer SDK fails here until somebody decides.
 */
class HeadersTest {
    /** What the signers and the exchange itself write. */
    private static final Set<String> OF_THE_REQUEST =
            Set.of(
                    "content-length",
                    "accept-encoding",
                    "host",
                    "x-oss-content-sha256",
                    "x-oss-date",
                    "x-oss-security-token",
                    "x-amz-content-sha256",
                    "x-amz-date",
                    "x-amz-security-token");

    /** A line of the list. */
    private record Honoured(String header, String value, Set<String> operations, String seen) {
        boolean on(String operation) {
            return operations.contains("*") || operations.contains(operation);
        }
    }

    @TempDir Path directory;
    private InnerDoor door;
    private String uploadId = "";

    @BeforeEach
    void open() {
        door = new InnerDoor(directory);
    }

    @AfterEach
    void close() {
        door.close();
    }

    /** Two buckets, an object that was put, one that is appended to, an upload with a part. */
    private void begin() throws Exception {
        write(Dialect.S3, "PUT", "/full", "");
        write(
                Dialect.S3,
                "PUT",
                "/full/?cors",
                "<CORSConfiguration><CORSRule><AllowedOrigin>http://a</AllowedOrigin>"
                        + "<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>");
        for (String operation :
                List.of("DeleteBucket", "DeleteObject", "AppendObject", "AbortMultipartUpload")) {
            prepare(operation);
        }
    }

    /** What an operation needs, and doing it well has changed. */
    private void prepare(String operation) throws Exception {
        switch (operation) {
            case "DeleteBucket" -> write(Dialect.OSS, "PUT", "/empty", "");
            case "DeleteObject", "DeleteObjects", "DeleteMultipleObjects" ->
                    write(Dialect.S3, "PUT", "/full/key", "as it was");
            case "PutObject", "CopyObject" -> write(Dialect.S3, "DELETE", "/full/new", "");
            case "AppendObject" -> {
                write(Dialect.S3, "DELETE", "/full/log", "");
                write(Dialect.OSS, "POST", "/full/log?append&position=0", "kept");
            }
            case "CompleteMultipartUpload", "AbortMultipartUpload" -> {
                write(Dialect.S3, "DELETE", "/full/part", "");
                String begun = write(Dialect.S3, "POST", "/full/part?uploads", "");
                uploadId = begun.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
                String part = "/full/part?partNumber=1&uploadId=" + uploadId;
                write(Dialect.S3, "PUT", part, Asked.CONTENT);
            }
            default -> {
                // The rest can be done again as it is.
            }
        }
    }

    private String write(Dialect dialect, String method, String target, String body)
            throws Exception {
        FakeExchange answer = door.ask(dialect, method, target, body);
        assertTrue(answer.status() < 300, method + " " + target + ": " + answer.answerText());
        return answer.answerText();
    }

    /** Every bucket with its ACL, every object with its bytes, every upload with its parts. */
    private List<String> everything() throws Exception {
        List<String> all = new ArrayList<>();
        for (String path :
                List.of(
                        "/",
                        "/full/",
                        "/full/?acl",
                        "/full/?cors",
                        "/full/?uploads",
                        "/empty/?acl",
                        "/full/key",
                        "/full/log",
                        "/full/new",
                        "/full/part",
                        "/full/part?uploadId=" + uploadId)) {
            FakeExchange answer = door.ask(Dialect.S3, "GET", path, "");
            all.add(path + ": " + answer.status() + " " + answer.answerText());
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void aHeaderOfAWriteIsHonouredOrRefused(Dialect dialect) throws Exception {
        VendorHeaderNames names = VendorHeaderNames.read();
        List<Honoured> honoured = honoured();
        List<String> faults = new ArrayList<>();
        begin();
        for (Asked asked : Asked.writes(dialect)) {
            SortedSet<String> headers = new TreeSet<>(names.all());
            headers.removeIf(name -> other(dialect).stream().anyMatch(name::startsWith));
            headers.removeAll(OF_THE_REQUEST);
            for (Honoured each : honoured) {
                if (each.on(asked.operation()) && headers.remove(each.header())) {
                    done(asked, each, faults);
                }
            }
            SortedSet<String> documented = documented(names, dialect, asked.operation());
            headers.removeIf(name -> !name.startsWith("x-") && !documented.contains(name));
            refused(asked, headers, faults);
        }
        assertEquals(List.of(), faults);
    }

    private static List<String> other(Dialect dialect) {
        return dialect == Dialect.S3 ? List.of("x-oss-") : List.of("x-amz-");
    }

    private static SortedSet<String> documented(
            VendorHeaderNames names, Dialect dialect, String operation) {
        var of = dialect == Dialect.S3 ? names.ofS3() : names.ofOss();
        return of.getOrDefault(operation, new TreeSet<>());
    }

    private void done(Asked asked, Honoured each, List<String> faults) throws Exception {
        if (!asked.canBeRepeated() || each.header().equals("x-oss-forbid-overwrite")) {
            prepare(asked.operation());
        }
        FakeExchange answer = asked.ask(door, uploadId, each.header(), value(asked, each));
        if (answer.status() >= 300) {
            faults.add(named(asked, each.header()) + " is refused: " + answer.answerText());
        }
    }

    private String value(Asked asked, Honoured line) {
        String value = line.value().replace("$owner", door.access().account());
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            if (value.equals("$" + algorithm)) {
                boolean complete = asked.operation().equals("CompleteMultipartUpload");
                String of = complete ? Asked.CONTENT : asked.body();
                byte[] sum = Checksum.of(algorithm, of.getBytes(StandardCharsets.UTF_8));
                boolean composite = complete && !algorithm.combines();
                return Base64.getEncoder()
                                .encodeToString(composite ? Checksum.of(algorithm, sum) : sum)
                        + (composite ? "-1" : "");
            }
        }
        return value;
    }

    private void refused(Asked asked, SortedSet<String> headers, List<String> faults)
            throws Exception {
        prepare(asked.operation());
        List<String> before = everything();
        for (String header : headers) {
            FakeExchange answer = asked.ask(door, uploadId, header, "1");
            if (answer.status() < 300 || answer.status() >= 500 && answer.status() != 501) {
                faults.add(named(asked, header) + " is answered " + answer.status());
                prepare(asked.operation());
                before = everything();
            }
        }
        assertEquals(before, everything(), asked.operation() + " was done though it was refused");
        assertTrue(asked.ask(door, uploadId).status() < 300, asked + " is done without them");
        prepare(asked.operation());
    }

    private static String named(Asked asked, String header) {
        return asked.dialect() + " " + asked.operation() + " " + header;
    }

    /** What is documented of a read is honoured or refused; what isn't has no effect. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void aHeaderOfAReadIsHonouredOrRefusedOrWithoutEffect(Dialect dialect) throws Exception {
        VendorHeaderNames names = VendorHeaderNames.read();
        List<Honoured> honoured = honoured();
        List<String> faults = new ArrayList<>();
        begin();
        for (Asked asked : Asked.reads(dialect)) {
            SortedSet<String> documented = documented(names, dialect, asked.operation());
            documented.removeAll(OF_THE_REQUEST);
            String plain = timeless(asked.ask(door, uploadId));
            for (String header : documented) {
                List<Honoured> lines =
                        honoured.stream()
                                .filter(l -> l.header().equals(header) && l.on(asked.operation()))
                                .toList();
                String value = lines.isEmpty() ? "1" : value(asked, lines.getFirst());
                int status = asked.ask(door, uploadId, header, value).status();
                if (lines.isEmpty() == status < 300) {
                    faults.add(named(asked, header) + " is answered " + status);
                }
            }
            for (String header : names.all()) {
                if (header.startsWith("x-") && !documented.contains(header)) {
                    FakeExchange answer = asked.ask(door, uploadId, header, "1");
                    if (answer.status() < 300 && !timeless(answer).equals(plain)) {
                        faults.add(named(asked, header) + " changes the answer");
                    }
                }
            }
        }
        assertEquals(List.of(), faults);
    }

    /** The answer without the time of the asking, which a bucket's statistics bear. */
    private static String timeless(FakeExchange answer) {
        return answer.answerText()
                .replaceAll("<LastModifiedTime>[0-9]+</LastModifiedTime>", "<LastModifiedTime/>");
    }

    /** A line that names no test, or a header or an operation that isn't there, tells nothing. */
    @Test
    void everyLineOfTheListSaysHowItIsSeen() throws Exception {
        VendorHeaderNames names = VendorHeaderNames.read();
        Set<String> operations = new TreeSet<>();
        for (Dialect dialect : Dialect.values()) {
            Asked.writes(dialect).forEach(each -> operations.add(each.operation()));
            Asked.reads(dialect).forEach(each -> operations.add(each.operation()));
        }
        operations.add("*");
        for (Honoured line : honoured()) {
            assertTrue(names.all().contains(line.header()), line.header());
            assertTrue(operations.containsAll(line.operations()), line.toString());
            String test = line.seen().replaceAll("^(\\w+Test)\\.(\\w+).*", "$1.$2");
            if (!test.equals(line.seen()) || line.seen().matches("\\w+Test\\.\\w+")) {
                Class<?> type = Class.forName("io.millrace.gateway." + test.split("\\.")[0]);
                assertTrue(
                        Arrays.stream(type.getDeclaredMethods())
                                .anyMatch(m -> m.getName().equals(test.split("\\.")[1])),
                        line.seen());
            } else {
                assertTrue(line.seen().startsWith("nothing to see: "), line.toString());
            }
        }
    }

    private static List<Honoured> honoured() throws Exception {
        List<Honoured> lines = new ArrayList<>();
        var seen = new TreeMap<String, String>();
        try (InputStream in = HeadersTest.class.getResourceAsStream("honoured-headers.txt")) {
            assertNotNull(in);
            var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line : reader.lines().toList()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] columns = line.split("\\|", -1);
                assertEquals(4, columns.length, line);
                Honoured read =
                        new Honoured(
                                columns[0].strip(),
                                columns[1].strip(),
                                Set.of(columns[2].strip().split(" +")),
                                columns[3].strip());
                for (String operation : read.operations()) {
                    String before = seen.put(operation + " " + read.header(), line);
                    assertNull(before, line);
                }
                lines.add(read);
            }
        }
        return lines;
    }
}
