package io.millrace.signing;

import static io.millrace.signing.ByHand.request;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The small pieces that every canonical form is made of. */
class CanonicalFormsTest {
    private static String canonical(String query, boolean equalsAlways) {
        return Query.parse(query).canonical("left-out", equalsAlways);
    }

    @Test
    void exactlyTheUnreservedCharactersOfRfc3986StayAsTheyAre() {
        String stay = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
        for (char c = 0; c < 128; c++) {
            String text = String.valueOf(c);
            String expected = stay.indexOf(c) >= 0 ? text : "%%%02X".formatted((int) c);
            assertEquals(expected, Uri.encode(text, false));
            assertEquals(c == '/' ? "/" : expected, Uri.encode(text, true));
            assertEquals("a" + expected + "b", Uri.encode("a" + text + "b", false));
        }
        assertEquals("a%C3%A4/%F0%9F%98%80", Uri.encode("aä/😀", true));
        assertEquals("", Uri.encode("", false));
    }

    @Test
    void percentSignsDecodeToValidUtf8OrNotAtAll() {
        assertEquals("a b", Uri.decode("a%20b", false));
        assertEquals("ä", Uri.decode("%c3%A4", false));
        assertEquals("a+b", Uri.decode("a+b", false));
        assertEquals("a b", Uri.decode("a+b", true));
        assertEquals("a+ ", Uri.decode("a%2b+", true));
        assertEquals("a+ ", Uri.decode("a+%20", false));
        assertEquals("\u00ff", Uri.decode("%C3%BF", true));
        for (String bad : List.of("%", "%2", "a%2", "%g0", "%0g", "%zz", "%C3", "%ff", "a%")) {
            assertNull(Uri.decode(bad, false), bad);
            assertNull(Uri.decode(bad, true), bad);
        }
    }

    @Test
    void aPathIsDecodedOnceAndEncodedAgain() {
        String plain = "/bucket/key-1_.~";
        assertSame(plain, Uri.canonicalPath(plain));
        assertEquals("/a%20b/%C3%A4%2B", Uri.canonicalPath("/a%20b/%c3%a4+"));
        assertEquals("/a/b", Uri.canonicalPath("/a%2Fb"));
        assertEquals("/%2520", Uri.canonicalPath("/%2520"));
        assertNull(Uri.canonicalPath("/%zz"));
    }

    @Test
    void aQueryIsSortedByEncodedNameThenValue() {
        assertEquals("", canonical("", true));
        assertEquals("", canonical("left-out=1", true));
        assertEquals("a=&b=3&c=2", canonical("b=3&a&c=2&left-out=x", true));
        assertEquals("a&b=2&c", canonical("c=&b=2&a", false));
        assertEquals("%C3%A4=1&A=1&a=%20%2B", canonical("a=+%2B&A=1&%c3%a4=1", true));
        assertEquals("a=1&b=2", canonical("&&b=2&&a=1&", true));
        assertEquals("=1&a=", canonical("=1&a=", true), "an empty name is one too");
    }

    private static QueryException.Code refused(String query) {
        return assertThrows(QueryException.class, () -> Query.parse(query), query).code();
    }

    @Test
    void aQueryHasAtMostAHundredParametersThatDecode() {
        String hundred =
                IntStream.range(0, 100).mapToObj(i -> "a" + i).collect(Collectors.joining("&"));
        assertEquals(100, Query.parse(hundred).parameters().size());
        assertEquals(QueryException.Code.TOO_MANY, refused(hundred + "&b"));
        for (String bad :
                List.of("a=%zz", "%zz=a", "%zz", "%ff", "a&b=%C3", "\u00ff", "a=\uff10")) {
            assertEquals(QueryException.Code.UNDECODABLE, refused(bad));
        }
        assertEquals("\u00e4", Query.parse("a=\u00c3\u00a4").get("a"), "UTF-8 as it is");
    }

    @Test
    void aNameStandsInAQueryOnceInWhateverForm() {
        for (String bad :
                List.of(
                        "a=1&a=2",
                        "a&a",
                        "a=&a",
                        "a&b&a=1",
                        "%61=1&a=1",
                        "a+b&a%20b",
                        "=1&=2",
                        "&=&=&")) {
            assertEquals(QueryException.Code.REPEATED, refused(bad), bad);
        }
        QueryException twice =
                assertThrows(QueryException.class, () -> Query.parse("b&%61=1&c&a=2"));
        assertEquals("a", twice.name());
        assertEquals(5, Query.parse("&&A&a&").parameters().size());
    }

    @Test
    void aParameterWithoutValueIsThereAndEmpty() {
        Query query = Query.parse("acl&a=1&b=");
        assertEquals("", query.get("acl"));
        assertEquals("1", query.get("a"));
        assertEquals("1", query.text("a"));
        assertEquals("", query.get("b"));
        assertNull(query.get("c"));
        assertEquals("", query.text("c"));
        assertTrue(query.has("acl"));
        assertFalse(query.has("c"));
        assertFalse(query.isEmpty());
        assertTrue(Query.EMPTY.isEmpty());
        assertEquals(Query.EMPTY, Query.parse(""));
        assertEquals("acl&a=1&b=", query.raw());
        assertEquals(query, Query.parse("acl&a=1&b="));
        assertNotEquals(query, Query.parse("acl&a=1&b"));
        assertNull(query.parameters().getFirst().value());
        assertEquals("acl", query.parameters().getFirst().name());
    }

    @Test
    void headerValuesAreTrimmedAndReadAsUtf8() {
        assertEquals("a b c", Headers.trimAll("  a   b  c "));
        assertEquals("a b", Headers.trimAll("a b"));
        assertEquals("a\tb", Headers.trimAll("\ta\tb\t"));
        assertEquals("", Headers.trimAll("   "));
        String latin =
                new String(ByHand.utf8("grün"), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertEquals("grün", Headers.text(latin));
        assertEquals("grün €", Headers.text("grün €"), "beyond Latin-1 it was decoded already");
        assertEquals("a\u007f", Headers.text("a\u007f"));
        assertEquals("\ufffd", Headers.text("\u0080"));
        assertEquals("\ufffd", Headers.text("\u00ff"));
        assertEquals("\u0100\u00ff", Headers.text("\u0100\u00ff"));
    }

    @Test
    void repeatedHeadersAreJoinedInTheirOrderAndSortedByName() {
        SignedRequest request =
                request("GET", "/", "", "B: 2 ", "a:  1", "b: 3", "c: 4", "Not-Wanted: 5");
        Map<String, String> sorted = Headers.sorted(request, name -> name.length() == 1);
        assertEquals("{a=1, b=2,3, c=4}", sorted.toString());
        assertEquals(2, request.count("b"));
        assertEquals(0, request.count("d"));
        assertEquals("2 ", request.header("b"));
        assertNull(request.header("d"));
        assertTrue(Headers.startsWith("X-AMZ-a", "x-amz-"));
        assertFalse(Headers.startsWith("X-AM", "x-amz-"));
    }

    @Test
    void listsOfNamesAndFieldsAreTakenApart() {
        assertEquals(List.of(), Headers.names(""));
        assertEquals(List.of("a"), Headers.names("a"));
        assertEquals(List.of("a", "b", ""), Headers.names("a; b ;"));
        String text = "Credential=x/y,  SignedHeaders=a;b,Signature= 12 ,Empty=";
        assertEquals("x/y", Headers.field(text, "Credential", '='));
        assertEquals("a;b", Headers.field(text, "SignedHeaders", '='));
        assertEquals("12", Headers.field(text, "Signature", '='));
        assertEquals("", Headers.field(text, "Empty", '='));
        assertEquals("", Headers.field(text, "Missing", '='));
        assertEquals("", Headers.field(text, "Sign", '='), "a beginning is not the name");
        assertEquals("", Headers.field(text, "Credential", ':'));
        assertEquals("", Headers.field("Credential", "Credential", '='));
        assertEquals("", Headers.field("Cred,=x", "Cred", '='));
        assertEquals("", Headers.field("   ", "Cred", '='));
    }

    @Test
    void timesAreReadInThreeFormsAndNoOther() {
        Instant noon = Instant.parse("2026-06-01T12:34:56Z");
        assertEquals("20260601T123456Z", Times.basic(noon));
        for (String good :
                List.of(
                        "20260601T123456Z",
                        "2026-06-01T12:34:56Z",
                        "Mon, 01 Jun 2026 12:34:56 GMT")) {
            assertEquals(noon, Times.parseAny(good), good);
        }
        for (String bad :
                List.of(
                        "",
                        "20260601T123456",
                        "20260601T1234567Z",
                        "20260601 123456Z",
                        "20260601T123456z",
                        "2026060/T123456Z",
                        "2026060:T123456Z",
                        "20260601T12345/Z",
                        "20260601T12345:Z",
                        "20261301T123456Z",
                        "20260631T123456Z",
                        "20260601T243456Z",
                        "20260601T126056Z",
                        "20260601T123460Z",
                        ",",
                        "Mon, 01 Jun 2026",
                        "yesterday")) {
            assertNull(Times.parseAny(bad), bad);
        }
        assertEquals(Instant.parse("2026-12-31T23:59:59Z"), Times.parseBasic("20261231T235959Z"));
        assertEquals(Instant.parse("2026-01-10T00:00:00Z"), Times.parseBasic("20260110T000000Z"));
    }

    @Test
    void aWholeNumberHasOneToEighteenDigits() {
        assertEquals(0, Times.number("0"));
        assertEquals(907, Times.number("907"));
        assertEquals(999_999_999_999_999_999L, Times.number("9".repeat(18)));
        for (String bad : new String[] {null, "", "9".repeat(19), "-1", "1.", "1/", "1:", "a"}) {
            assertEquals(-1, Times.number(bad), bad);
        }
    }

    @Test
    void aScopeIsReadFromItsEnd() {
        Scope scope = Objects.requireNonNull(Scope.parse("A/K/20260601/r/s/t", "t"));
        assertEquals(new Scope("A/K", "20260601", "r", "s", "t"), scope);
        assertEquals("20260601/r/s/t", scope.text());
        assertNotNull(Scope.parse("A/20260601/r/s/t", "t"));
        for (String bad :
                List.of(
                        "",
                        "/20260601/r/s/t",
                        "20260601/r/s/t",
                        "A/2026060/r/s/t",
                        "A/202606011/r/s/t",
                        "A/20260601//s/t",
                        "A/20260601/r//t",
                        "A/20260601/r/s/u",
                        "A/20260601/r/s/")) {
            assertNull(Scope.parse(bad, "t"), bad);
        }
    }

    @Test
    void aSha256IsSixtyFourLowerCaseHexadecimalDigits() {
        String good = "0123456789abcdef".repeat(4);
        assertTrue(Hashes.isSha256Hex(good));
        assertFalse(Hashes.isSha256Hex(good.substring(1)));
        assertFalse(Hashes.isSha256Hex(good + "0"));
        for (char bad : new char[] {'/', ':', '`', 'g', 'A', ' '}) {
            assertFalse(Hashes.isSha256Hex(good.substring(1) + bad), String.valueOf(bad));
            assertFalse(Hashes.isSha256Hex(bad + good.substring(1)), String.valueOf(bad));
        }
        assertEquals(Hashes.EMPTY_SHA256, ByHand.sha256(""));
        assertTrue(Hashes.same("abc", "abc"));
        assertFalse(Hashes.same("abc", "abd"));
        assertFalse(Hashes.same("abc", "ab"));
    }

    @Test
    void hmacKeysOfEveryLengthSignAsTheJdkDoes() {
        for (int length : new int[] {1, 63, 64, 65, 200}) {
            String key = "k".repeat(length);
            assertArrayEquals(
                    ByHand.hmac("HmacSHA256", ByHand.utf8(key), "text"),
                    HmacKey.sha256(key).sign("text"));
            assertArrayEquals(
                    ByHand.hmac("HmacSHA1", ByHand.utf8(key), "text"),
                    HmacKey.sha1(key).sign("text"));
        }
    }

    @Test
    void derivedKeysAreRememberedByAllThatTheyDependOn() {
        assertSame(SigningKeys.aws("s", "d", "r", "v"), SigningKeys.aws("s", "d", "r", "v"));
        assertSame(SigningKeys.sha1("s"), SigningKeys.sha1("s"));
        List<HmacKey> others =
                List.of(
                        SigningKeys.oss("s", "d", "r", "v"),
                        SigningKeys.aws("x", "d", "r", "v"),
                        SigningKeys.aws("s", "x", "r", "v"),
                        SigningKeys.aws("s", "d", "x", "v"),
                        SigningKeys.aws("s", "d", "r", "x"),
                        SigningKeys.sha1("s"));
        byte[] signature = SigningKeys.aws("s", "d", "r", "v").sign("text");
        for (HmacKey other : others) {
            assertNotEquals(
                    Hashes.HEX.formatHex(signature), Hashes.HEX.formatHex(other.sign("text")));
        }
    }

    @Test
    void rememberedKeysAreBoundedAndStayRight() {
        HmacKey first = SigningKeys.sha1("the first");
        HmacKey derived = SigningKeys.aws("the first", "d", "r", "v");
        for (int i = 0; i < 4_100; i++) {
            SigningKeys.sha1("secret " + i);
        }
        assertNotEquals(first, SigningKeys.sha1("the first"), "forgotten");
        for (int i = 0; i < 4_100; i++) {
            SigningKeys.aws("secret " + i, "d", "r", "v");
        }
        HmacKey again = SigningKeys.aws("the first", "d", "r", "v");
        assertNotEquals(derived, again, "forgotten");
        assertArrayEquals(derived.sign("text"), again.sign("text"));
    }
}
