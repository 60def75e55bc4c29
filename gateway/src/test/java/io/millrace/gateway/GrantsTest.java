package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is said to be let in is let in, or the request is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrantsTest {
    private static final String ALL = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";

    private InnerDoor door;
    private String owner = "";

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        door = new InnerDoor(directory);
        owner = door.access().account();
        door.ask(Dialect.S3, "PUT", "/bucket", "");
    }

    @BeforeEach
    void prepare() throws Exception {
        for (String gone : List.of("/new", "/bucket/new", "/bucket/copy", "/bucket/log")) {
            door.ask(Dialect.S3, "DELETE", gone, "");
        }
        status("PUT", "/bucket/?acl", "x-amz-acl", "private");
        door.ask(Dialect.S3, "PUT", "/bucket/key", "kept");
    }

    @AfterAll
    void close() {
        door.close();
    }

    private FakeExchange s3(String method, String target, String body, Map<String, String> headers)
            throws Exception {
        return door.ask(InnerDoor.ROOT, Dialect.S3, method, target, body, headers);
    }

    private int status(String method, String target, String name, String value) throws Exception {
        return s3(method, target, "", Map.of(name, value.replace("$owner", owner))).status();
    }

    /** What an unsigned reader and an unsigned writer get. */
    private List<Integer> everybody(String bucket) throws Exception {
        s3("PUT", "/" + bucket + "/mine", "x", Map.of());
        return List.of(
                door.unsigned(Dialect.S3, "GET", "/" + bucket + "/mine", "").status(),
                door.unsigned(Dialect.S3, "PUT", "/" + bucket + "/theirs", "x").status());
    }

    private static String policy(String... grants) {
        return "<AccessControlPolicy><AccessControlList>"
                + String.join("", grants)
                + "</AccessControlList></AccessControlPolicy>";
    }

    private static String grant(String grantee, String permission) {
        return "<Grant><Grantee>"
                + grantee
                + "</Grantee><Permission>"
                + permission
                + "</Permission></Grant>";
    }

    private static String all(String permission) {
        return grant("<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>", permission);
    }

    private String own(String permission) {
        return grant("<ID>" + owner + "</ID><DisplayName>me</DisplayName>", permission);
    }

    @Test
    void aGrantToAllIsTheBucketsAcl() throws Exception {
        assertEquals(200, status("PUT", "/read", "x-amz-grant-read", ALL));
        assertEquals(List.of(200, 403), everybody("read"));
        var both =
                Map.of(
                        "x-amz-grant-read",
                        ALL + ", id=\"" + owner + "\"",
                        "x-amz-grant-write",
                        ALL);
        assertEquals(200, s3("PUT", "/write", "", both).status());
        assertEquals(List.of(200, 200), everybody("write"));
        String read = policy(own("FULL_CONTROL"), all("READ"));
        assertEquals(200, s3("PUT", "/write/?acl", read, Map.of()).status());
        assertEquals(List.of(200, 403), everybody("write"));
        assertEquals(200, status("PUT", "/read/?acl", "x-amz-acl", "private"));
        assertEquals(List.of(403, 403), everybody("read"));
        String itself = s3("GET", "/write/?acl", "", Map.of()).answerText();
        assertEquals(200, s3("PUT", "/bucket/?acl", itself, Map.of()).status());
        assertEquals(List.of(200, 403), everybody("bucket"));
    }

    @Test
    void aGrantThatCannotBeKeptIsRefused() throws Exception {
        String other = grant("<ID>" + "7".repeat(64) + "</ID>", "READ");
        for (String document :
                List.of(
                        policy(own("FULL_CONTROL"), other),
                        policy(own("FULL_CONTROL"), all("READ"), other),
                        policy(all("READ_ACP")),
                        policy(all("WRITE_ACP")),
                        policy(all("FULL_CONTROL")),
                        policy(all("WRITE")),
                        policy(all("read")),
                        policy(grant("<EmailAddress>a@example.com</EmailAddress>", "READ")),
                        policy(
                                grant(
                                        "<URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI>",
                                        "WRITE")),
                        policy("<Grant><Grantee><ID>7</ID></Grantee></Grant>"),
                        policy(all("READ").replace("<Permission>", "<X/><Permission>")),
                        policy(all("READ"))
                                .replace("<AccessControlList>", "<X/><AccessControlList>"),
                        policy(all("READ"))
                                .replace(
                                        "<AccessControlList>",
                                        "<Owner><ID>7</ID></Owner><AccessControlList>"))) {
            int status = s3("PUT", "/bucket/?acl", document, Map.of()).status();
            assertTrue(status == 501 || status == 400, status + " for " + document);
            int object = s3("PUT", "/bucket/key?acl", document, Map.of()).status();
            assertTrue(object == 501 || object == 400, object + " for " + document);
        }
        for (String name : List.of("read", "write", "read-acp", "write-acp", "full-control")) {
            for (String grantee :
                    List.of("id=\"7\"", "emailAddress=\"a@b.c\"", "id=\"$owner\",id=\"7\"")) {
                assertEquals(501, status("PUT", "/new", "x-amz-grant-" + name, grantee), name);
                assertEquals(501, status("PUT", "/bucket/?acl", "x-amz-grant-" + name, grantee));
                assertEquals(501, status("PUT", "/bucket/new", "x-amz-grant-" + name, grantee));
            }
            assertEquals(400, status("PUT", "/new", "x-amz-grant-" + name, "everybody"));
        }
        assertEquals(501, status("PUT", "/new", "x-amz-grant-full-control", ALL));
        assertEquals(501, status("PUT", "/new", "x-amz-object-ownership", "ObjectWriter"));
        assertEquals(400, status("PUT", "/new", "x-amz-acl", "authenticated-read"));
        assertEquals(404, door.ask(Dialect.S3, "GET", "/new/", "").status());
        assertEquals(404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
        assertEquals(List.of(403, 403), everybody("bucket"));
    }

    @Test
    void twoPlacesThatSayWhoMayWhatAreRefused() throws Exception {
        var two = Map.of("x-amz-acl", "private", "x-amz-grant-read", ALL);
        assertEquals(400, s3("PUT", "/new", "", two).status());
        String read = policy(all("READ"));
        for (String target : List.of("/bucket/?acl", "/bucket/key?acl")) {
            assertEquals(400, s3("PUT", target, "", two).status());
            assertEquals(400, s3("PUT", target, read, Map.of("x-amz-acl", "private")).status());
            assertEquals(400, s3("PUT", target, "", Map.of()).status());
        }
        assertEquals(List.of(403, 403), everybody("bucket"));
    }

    @ParameterizedTest
    @CsvSource({
        "private,           private,                   200",
        "private,           bucket-owner-full-control, 200",
        "private,           bucket-owner-read,         200",
        "private,           public-read,               400",
        "private,           authenticated-read,        400",
        "public-read,       private,                   400",
        "public-read,       bucket-owner-read,         400",
        "public-read,       public-read,               200",
        "public-read-write, public-read-write,         200",
        "public-read-write, public-read,               400",
    })
    void anObjectsAclIsWhatItsBucketsIsOrRefused(String bucket, String object, int status)
            throws Exception {
        assertEquals(200, status("PUT", "/bucket/?acl", "x-amz-acl", bucket));
        for (String target : List.of("PUT /bucket/new", "POST /bucket/new?uploads")) {
            String[] line = target.split(" ");
            assertEquals(status, status(line[0], line[1], "x-amz-acl", object), target);
        }
        assertEquals(status, status("PUT", "/bucket/key?acl", "x-amz-acl", object));
        var copy = Map.of("x-amz-copy-source", "/bucket/key", "x-amz-acl", object);
        assertEquals(status, s3("PUT", "/bucket/copy", "", copy).status());
        boolean done = status == 200;
        assertEquals(done ? 200 : 404, door.ask(Dialect.S3, "GET", "/bucket/new", "").status());
        assertEquals(done ? 200 : 404, door.ask(Dialect.S3, "GET", "/bucket/copy", "").status());
        if (!object.startsWith("bucket-owner") && !object.startsWith("authenticated")) {
            var oss = Map.of("x-oss-object-acl", object);
            String log = "/bucket/log?append&position=0";
            FakeExchange append = door.ask(InnerDoor.ROOT, Dialect.OSS, "POST", log, "x", oss);
            assertEquals(done ? 200 : 501, append.status());
        }
    }

    @Test
    void whoMayNotSetAnAclMakesNoOpenBucketByGrants() throws Exception {
        FakeExchange answer = door.unsigned(Dialect.S3, "PUT", "/bucket/?acl", policy(all("READ")));
        assertEquals(403, answer.status());
        assertEquals(List.of(403, 403), everybody("bucket"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<DataRedundancyType>ZRS</DataRedundancyType>",
                "<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>",
                "<Bucket><Type>Directory</Type></Bucket>",
                "<StorageClass>IA</StorageClass>",
            })
    void aBucketIsMadeAsItsDocumentSaysOrNotAtAll(String said) throws Exception {
        String body = "<CreateBucketConfiguration>" + said + "</CreateBucketConfiguration>";
        assertTrue(s3("PUT", "/new", body, Map.of()).status() >= 400);
        assertEquals(404, door.ask(Dialect.S3, "GET", "/new/", "").status());
        String fine =
                "<CreateBucketConfiguration><LocationConstraint>eu</LocationConstraint>"
                        + "<StorageClass>Standard</StorageClass>"
                        + "<DataRedundancyType>LRS</DataRedundancyType></CreateBucketConfiguration>";
        assertEquals(200, s3("PUT", "/new", fine, Map.of()).status());
    }
}
