package io.millrace.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.gateway.api.Dialect;
import io.millrace.testkit.FakeExchange;
import java.io.ByteArrayInputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** Names that XML 1.0 has no form for, and what is near them, read by the JDK's XML parser. */
class AwkwardNamesTest {
    @TempDir Path directory;
    private InnerDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new InnerDoor(directory);
        door.ask(Dialect.S3, "PUT", "/names", "");
    }

    @AfterEach
    void close() {
        door.close();
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (char c = 0; c < ' '; c++) {
            names.add("a" + c + "b");
        }
        for (int c : new int[] {0x7F, 0x80, 0x85, 0x9F, 0x2028, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600}) {
            names.add("a" + Character.toString(c) + "b");
        }
        names.add("a<&>\"'%41+ b");
        names.add("plain");
        return names;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private FakeExchange ask(Dialect dialect, String method, String target, String body)
            throws Exception {
        return door.ask(dialect, method, target, body);
    }

    private static Document parse(FakeExchange answer) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(
                            new ByteArrayInputStream(
                                    answer.answerText().getBytes(StandardCharsets.UTF_8)));
        } catch (Exception e) {
            throw new AssertionError(answer.answerText(), e);
        }
    }

    private static List<String> texts(Document document, String element) {
        List<String> found = new ArrayList<>();
        NodeList nodes = document.getElementsByTagName(element);
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add(nodes.item(i).getTextContent());
        }
        return found;
    }

    private static String one(Document document, String element) {
        List<String> found = texts(document, element);
        return found.isEmpty() ? "" : found.getFirst();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void everyAnswerThatNamesThemIsXml(Dialect dialect) throws Exception {
        for (String name : names()) {
            String key = encoded(name);
            String target = "/names/" + key;
            assertEquals(200, ask(dialect, "PUT", target, "x").status(), key);
            for (String list :
                    List.of("", "&list-type=2", "&versions", "&list-type=2&start-after=" + key)) {
                String query = "?" + ("&prefix=" + key + "&marker=" + key + list).substring(1);
                if (list.contains("list-type") || list.contains("versions")) {
                    query = query.replace("&marker=" + key, "");
                }
                for (String encoding : List.of("", "&encoding-type=url")) {
                    Document listing = parse(ask(dialect, "GET", "/names" + query + encoding, ""));
                    boolean url = !encoding.isEmpty();
                    String prefix = one(listing, "Prefix");
                    assertEquals(
                            name,
                            url
                                    ? URLDecoder.decode(prefix, StandardCharsets.UTF_8)
                                    : meant(prefix, name),
                            query);
                }
            }
            parse(ask(dialect, "GET", "/names/missing" + key, ""));
            parse(ask(dialect, "GET", "/names?delimiter=" + key.substring(1), ""));
            Document upload = parse(ask(dialect, "POST", target + "?uploads", ""));
            String id = one(upload, "UploadId");
            parse(ask(dialect, "GET", "/names?uploads&prefix=" + key + "&key-marker=", ""));
            parse(ask(dialect, "GET", "/names?uploads&key-marker=" + key, ""));
            FakeExchange part =
                    ask(dialect, "PUT", target + "?partNumber=1&uploadId=" + id, "part");
            parse(ask(dialect, "GET", target + "?uploadId=" + id, ""));
            String etag = part.answerHeader("ETag");
            FakeExchange done =
                    ask(
                            dialect,
                            "POST",
                            target + "?uploadId=" + id,
                            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
                                    + etag
                                    + "</ETag></Part></CompleteMultipartUpload>");
            assertEquals(200, done.status(), done.answerText());
            parse(done);
            Map<String, String> source = Map.of(dialect.header("copy-source"), "/names/" + key);
            FakeExchange copy =
                    door.ask(InnerDoor.ROOT, dialect, "PUT", target + "-copy", "", source);
            assertEquals(200, copy.status(), copy.answerText());
            parse(copy);
            assertEquals(204, ask(dialect, "DELETE", target, "").status());
            assertEquals(404, ask(dialect, "GET", target, "").status());
        }
        FakeExchange whole = ask(dialect, "GET", "/names?encoding-type=url", "");
        TreeSet<String> listed = new TreeSet<>();
        texts(parse(whole), "Key")
                .forEach(key -> listed.add(URLDecoder.decode(key, StandardCharsets.UTF_8)));
        TreeSet<String> expected = new TreeSet<>();
        names().forEach(name -> expected.add(name + "-copy"));
        assertEquals(expected, listed);
    }

    /** Half of a pair, or other bytes that are no UTF-8, never become a name. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void whatIsNoUnicodeIsRefused(Dialect dialect) throws Exception {
        for (String bytes : List.of("%ED%A0%80", "%FF", "%C0%80", "%80", "%F4%90%80%80")) {
            FakeExchange put = ask(dialect, "PUT", "/names/a" + bytes, "x");
            assertEquals(400, put.status(), bytes);
            parse(put);
        }
    }

    /**
     * Page by page, by the names as a listing shows them: nothing is missed, nothing comes twice.
     */
    @Test
    void pagesGoOnWhereTheLastOneEnded() throws Exception {
        List<String> names = new ArrayList<>(names());
        names.add("a\u0001b\u0002c");
        // A name that looks like another one as that is shown.
        names.add("a\u2401b");
        names.add("dir\u0003/x");
        names.add("dir\u0003/y");
        names.add("dir\u0004/x");
        for (String name : names) {
            ask(Dialect.S3, "PUT", "/names/" + encoded(name), "x");
            parse(ask(Dialect.S3, "POST", "/names/" + encoded(name) + "?uploads", ""));
        }
        for (Dialect dialect : Dialect.values()) {
            for (String encoding : List.of("", "&encoding-type=url")) {
                boolean url = !encoding.isEmpty();
                String flat = "/names?max-keys=1" + encoding;
                assertEquals(
                        names.size(), pages(dialect, flat, "marker", "NextMarker", "Key", url));
                assertEquals(
                        names.size() - 1,
                        pages(dialect, flat + "&delimiter=%2F", "marker", "NextMarker", null, url));
                assertEquals(
                        names.size(),
                        pages(
                                dialect,
                                flat + "&list-type=2",
                                "continuation-token",
                                "NextContinuationToken",
                                "Key",
                                false));
                assertEquals(
                        names.size(),
                        pages(
                                dialect,
                                flat + "&versions",
                                "key-marker",
                                "NextKeyMarker",
                                "Key",
                                url));
                assertEquals(
                        names.size(),
                        pages(
                                dialect,
                                "/names?uploads&max-uploads=1" + encoding,
                                "key-marker",
                                "NextKeyMarker",
                                "Key",
                                url));
            }
        }
    }

    /** How many pages of one name there are. */
    private int pages(
            Dialect dialect, String target, String parameter, String next, String key, boolean url)
            throws Exception {
        String marker = "";
        String uploadMarker = "";
        for (int pages = 1; pages < 1000; pages++) {
            String query = marker.isEmpty() ? "" : "&" + parameter + "=" + encoded(marker);
            Document page = parse(ask(dialect, "GET", target + query + uploadMarker, ""));
            if (key != null) {
                assertEquals(1, texts(page, key).size());
            }
            if (!one(page, "IsTruncated").equals("true")) {
                return pages;
            }
            String shown = next.equals("*") ? last(page) : one(page, next);
            marker = url ? URLDecoder.decode(shown, StandardCharsets.UTF_8) : shown;
            String upload = one(page, "NextUploadIdMarker");
            uploadMarker = upload.isEmpty() ? "" : "&upload-id-marker=" + upload;
            assertTrue(!marker.isEmpty(), target);
        }
        throw new AssertionError("no end of " + target);
    }

    /** The one name of a page: a key's or a prefix's. */
    private static String last(Document page) {
        String key = one(page, "Key");
        return key.isEmpty() ? texts(page, "Prefix").getLast() : key;
    }

    /** Not every client passes the marker: some pass the last name that they saw. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void pagesGoOnFromTheLastNameThatWasShown(Dialect dialect) throws Exception {
        for (String name : names()) {
            ask(dialect, "PUT", "/names/" + encoded(name), "x");
            ask(dialect, "PUT", "/names/" + encoded("a\u0001d/" + name), "x");
        }
        int flat = pages(dialect, "/names?max-keys=1", "marker", "Key", "Key", false);
        assertEquals(2 * names().size(), flat);
        ask(dialect, "PUT", "/names/" + encoded("a\u0001d.x"), "x");
        assertEquals(
                names().size() + 2,
                pages(
                        dialect,
                        "/names?max-keys=1&delimiter=%2F&prefix=",
                        "marker",
                        "*",
                        null,
                        false));
    }

    /** The name that a picture stands for, if it is the one that is expected. */
    private static String meant(String shown, String name) {
        StringBuilder pictures = new StringBuilder();
        for (char c : name.toCharArray()) {
            boolean space = c == '\t' || c == '\n' || c == '\r';
            pictures.appendCodePoint(
                    c < ' ' && !space ? 0x2400 + c : c >= 0xFFFE ? 0x10000 + c : c);
        }
        return shown.contentEquals(pictures) ? name : shown;
    }
}
