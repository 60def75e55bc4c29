package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a query names is done, or refused; never is the plain operation done in its place. */
class QueryNamesTest {
    private static final List<String> METHODS = List.of("GET", "HEAD", "PUT", "POST", "DELETE");
    private static final List<String> TARGETS =
            List.of("/full/", "/empty/", "/absent/", "/full/key", "/full/new");

    /** What our own operations answer well that the loop below happens to ask for. */
    private static final Set<String> WRITES =
            Set.of(
                    "POST /full/key?uploads",
                    "POST /full/new?uploads",
                    "DELETE /full/key?tagging",
                    "DELETE /full/?cors",
                    "DELETE /empty/?cors");

    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        for (String path : List.of("/full", "/empty", "/full/key")) {
            assertEquals(200, door.ask(Dialect.S3, "PUT", path, content(path)).status());
        }
    }

    @AfterEach
    void close() {
        door.close();
    }

    private static String content(String path) {
        return path.endsWith("key") ? "as it was" : "";
    }

    @Test
    void noNameOfEitherVendorChangesABucketOrAByte() throws Exception {
        VendorNames names = VendorNames.read();
        assertTrue(names.all().size() > 200, "the SDKs' names: " + names.all());
        List<String> before = everything();
        List<String> faults = new ArrayList<>();
        for (String name : names.all()) {
            for (String form : List.of(name, name + "=", name + "=1")) {
                for (Dialect dialect : Dialect.values()) {
                    ask(dialect, name, form, names.selecting().contains(name), faults);
                }
            }
            assertTrue(before.equals(everything()), name + " changed something");
        }
        assertEquals(List.of(), faults);
    }

    private void ask(
            Dialect dialect, String name, String form, boolean selects, List<String> faults)
            throws Exception {
        for (String method : METHODS) {
            for (String target : TARGETS) {
                FakeExchange answer = door.ask(dialect, method, target + "?" + form, "changed");
                boolean well = answer.status() < 300;
                String what = method + " " + target + "?" + name;
                boolean write = !method.equals("GET") && !method.equals("HEAD");
                boolean wrong =
                        write
                                ? well && !WRITES.contains(what) && !settingGone(answer, what)
                                : well && selects && answer.answerText().equals("as it was");
                if (wrong || answer.status() >= 500 && answer.status() != 501) {
                    faults.add(
                            dialect
                                    + " "
                                    + method
                                    + " "
                                    + target
                                    + "?"
                                    + form
                                    + ": "
                                    + answer.status());
                }
            }
        }
    }

    /** Taking away a setting that no bucket has is done when it is asked for. */
    private static boolean settingGone(FakeExchange answer, String what) {
        return what.startsWith("DELETE /full/?") || what.startsWith("DELETE /empty/?")
                ? answer.status() == 204
                : false;
    }

    @Test
    void aNameThatNobodyKnowsIsRefusedOnWritesAndOnBuckets() throws Exception {
        List<String> before = everything();
        for (String query :
                List.of(
                        "nonsense",
                        "nonsense=",
                        "nonsense=1",
                        "ACL",
                        "Acl=",
                        "a+cl",
                        "acl;x",
                        "acl%20",
                        "%2561cl",
                        "=",
                        "=x",
                        "&",
                        "&&",
                        "&acl&",
                        "acl&&",
                        "x-oss-new",
                        "x-amz-new=1",
                        "X-Amz-New=1",
                        "response-content-type=a",
                        "prefix=/a",
                        "x-oss-expires=1",
                        "X-Amz-Signature2=1")) {
            for (Dialect dialect : Dialect.values()) {
                for (String method : List.of("PUT", "POST", "DELETE")) {
                    for (String target : TARGETS) {
                        String asked = method + " " + target + "?" + query;
                        FakeExchange answer = door.ask(dialect, method, target + "?" + query, "x");
                        boolean noBucket = target.equals("/absent/") && answer.status() == 404;
                        assertTrue(noBucket || answer.status() == 501, asked);
                    }
                }
                if (!query.startsWith("prefix")) {
                    assertEquals(501, door.ask(dialect, "GET", "/full/?" + query, "").status());
                    assertEquals(501, door.ask(dialect, "HEAD", "/full/?" + query, "").status());
                }
            }
        }
        assertTrue(before.equals(everything()), "something changed");
    }

    @Test
    void aNameThatNobodyKnowsIsHarmlessOnReadsOfObjects() throws Exception {
        for (String query : List.of("v=17", "v", "v=", "=x", "&&", "v=1&w=2", "x-oss-new=9")) {
            for (Dialect dialect : Dialect.values()) {
                FakeExchange answer = door.ask(dialect, "GET", "/full/key?" + query, "");
                assertEquals(200, answer.status(), query);
                assertEquals("as it was", answer.answerText(), query);
            }
        }
    }

    @Test
    void howASubResourceIsWrittenMakesNoDifference() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            String acl = door.ask(dialect, "GET", "/full/key?acl", "").answerText();
            assertTrue(acl.contains("AccessControlPolicy"), acl);
            for (String form : List.of("acl=", "acl=1", "%61cl", "%61cl=")) {
                assertEquals(acl, door.ask(dialect, "GET", "/full/key?" + form, "").answerText());
                assertNotEquals(200, door.ask(dialect, "PUT", "/full/key?" + form, "").status());
            }
            String log = "/full/log-" + dialect;
            assertEquals(200, door.ask(dialect, "POST", log + "?append=&position=0", "a").status());
            assertEquals(200, door.ask(dialect, "POST", log + "?position=1&append", "b").status());
            assertEquals("ab", door.ask(dialect, "GET", log, "").answerText());
        }
    }

    @Test
    void twoThatDoNotGoTogetherAreRefused() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            assertEquals(400, door.ask(dialect, "GET", "/full/key?acl&tagging", "x").status());
        }
    }

    @Test
    void anEmptyVersionDeletesNothing() throws Exception {
        List<String> before = everything();
        for (String query : List.of("versionId", "versionId=")) {
            assertEquals(400, door.ask(Dialect.S3, "DELETE", "/full/key?" + query, "").status());
        }
        assertTrue(before.equals(everything()), "something changed");
    }

    /** Every bucket with its ACL, every object with its bytes. */
    private List<String> everything() throws Exception {
        List<String> all = new ArrayList<>();
        for (String path :
                List.of(
                        "/",
                        "/full/?acl",
                        "/full/",
                        "/full/?uploads",
                        "/empty/",
                        "/empty/?acl",
                        "/empty/?cors",
                        "/absent/",
                        "/full/key",
                        "/full/key?acl",
                        "/full/new")) {
            FakeExchange answer = door.ask(Dialect.S3, "GET", path, "");
            boolean uploads = path.endsWith("uploads");
            all.add(path + ": " + answer.status() + " " + (uploads ? "" : answer.answerText()));
        }
        return all;
    }
}
