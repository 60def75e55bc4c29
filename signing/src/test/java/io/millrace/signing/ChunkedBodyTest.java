package io.millrace.signing;

import static io.millrace.signing.ByHand.utf8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Checksum;
import io.millrace.signing.PayloadException.Code;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The framing of aws-chunked bodies and what is checked while they are read. */
class ChunkedBodyTest {
    private static final SignedRequest PLAIN = ByHand.request("PUT", "/b/k", "");
    private static final byte[] KEY =
            ByHand.chain("AWS4", "20260601", "local", "s3", "aws4_request");
    private static final String SCOPE = "20260601/local/s3/aws4_request";
    private static final String SEED = "0".repeat(64);

    private static CheckedBody unsigned(long length, String body, String... trailers)
            throws IOException {
        return new Payload.Chunked(length, List.of(trailers), null)
                .open(new ByteArrayInputStream(latin(body)), PLAIN);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static void fails(Code code, long length, String body, String... trailers) {
        PayloadException failed =
                assertThrows(
                        PayloadException.class,
                        () -> unsigned(length, body, trailers).readAllBytes());
        assertEquals(code, failed.code(), failed.getMessage());
    }

    @Test
    void chunksOfAnySizeAreJoined() throws Exception {
        assertEquals("abcdef", text(unsigned(6, "3\r\nabc\r\n2\r\nde\r\n01\r\nf\r\n0\r\n\r\n")));
        assertEquals("", text(unsigned(0, "0\r\n\r\n")));
        assertEquals("x".repeat(26), text(unsigned(26, "1A\r\n" + "x".repeat(26) + "\r\n0\r\n")));
        assertEquals("abc", text(unsigned(3, "3;name=value\r\nabc\r\n0;x\r\n\r\n")));
        assertEquals("abc", text(unsigned(3, "3\nabc\r\n0\n\n")), "bare line feeds end lines too");
        assertEquals("ab", text(unsigned(2, "000000000000002\r\nab\r\n0\r\n\r\n")));
    }

    @Test
    void bytesComeOneByOneAsInBulk() throws Exception {
        CheckedBody body = unsigned(3, "3\r\na\u00ffc\r\n0\r\n\r\n");
        assertEquals('a', body.read());
        assertEquals(0, body.read(new byte[0], 0, 0));
        assertEquals(255, body.read());
        assertTrue(body.available() >= 0);
        byte[] into = new byte[4];
        assertEquals(1, body.read(into, 2, 2));
        assertArrayEquals(new byte[] {0, 0, 'c', 0}, into);
        assertEquals(-1, body.read());
        assertEquals(-1, body.read(into, 0, 4));
        assertEquals(0, body.available());
        ChunkedSource source =
                new ChunkedSource(
                        new ByteArrayInputStream(latin("1\r\n\u00fe\r\n0\r\n\r\n")),
                        new Payload.Chunked(1, List.of(), null));
        assertEquals(0, source.read(new byte[0], 0, 0));
        assertEquals(254, source.read());
        assertEquals(-1, source.read());
    }

    @Test
    void aSizeIsOneToFifteenHexadecimalDigits() {
        for (String bad :
                List.of(
                        "",
                        ";x",
                        "0000000000000002",
                        "g",
                        "-1",
                        "\uff11",
                        " 2",
                        "2 ",
                        "0x2",
                        "\u00b2")) {
            fails(Code.MALFORMED_CHUNK, 2, bad + "\r\nab\r\n0\r\n\r\n");
        }
    }

    @Test
    void aHeaderLineHasAtMost256Bytes() throws Exception {
        String longest = "2;" + "x".repeat(253);
        assertEquals("ab", text(unsigned(2, longest + "\r\nab\r\n0\r\n\r\n")));
        fails(Code.MALFORMED_CHUNK, 2, longest + "xx\r\nab\r\n0\r\n\r\n");
    }

    @Test
    void aChunkEndsWithALineBreakAndNothingFollowsTheLast() throws Exception {
        fails(Code.MALFORMED_CHUNK, 2, "2\r\nabc\n0\r\n\r\n");
        fails(Code.MALFORMED_CHUNK, 2, "2\r\nab\rx0\r\n\r\n");
        fails(Code.MALFORMED_CHUNK, 2, "2\r\nab\r\n0\r\n\r\nx");
        fails(Code.INCOMPLETE, 2, "2\r\nab");
        fails(Code.INCOMPLETE, 2, "2\r\nab\r");
        fails(Code.INCOMPLETE, 2, "2\r\na");
        fails(Code.INCOMPLETE, 2, "2\r\nab\r\n");
        fails(Code.INCOMPLETE, 2, "2\r\nab\r\n0");
        fails(Code.INCOMPLETE, 2, "");
        fails(Code.INCOMPLETE, 2, "2\r\nab\r\n0\r\n\r");
        assertEquals("ab", text(unsigned(2, "2\r\nab\r\n0\r\n")), "some leave the last one out");
    }

    @Test
    void theLengthIsTheAnnouncedOneExactly() {
        fails(Code.INCOMPLETE, 3, "2\r\nab\r\n0\r\n\r\n");
        fails(Code.INCOMPLETE, 1, "2\r\nab\r\n0\r\n\r\n");
        fails(Code.INCOMPLETE, 3, "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
    }

    @Test
    void aBodyThatIsTooLongIsRefusedBeforeItsBytesAreHandedOut() throws Exception {
        CheckedBody body = unsigned(3, "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
        assertEquals(2, body.read(new byte[9], 0, 9));
        PayloadException early =
                assertThrows(PayloadException.class, () -> body.read(new byte[9], 0, 9));
        assertEquals(Code.INCOMPLETE, early.code());
        fails(Code.MALFORMED_CHUNK, 0, "\r\n\r\n");
    }

    @Test
    void trailersAreExactlyTheAnnouncedOnes() throws Exception {
        String body = "2\r\nab\r\n0\r\n";
        CheckedBody good = unsigned(2, body + "X-A: 1 \r\nx-b:2\r\n\r\n", "x-a", "x-b");
        assertEquals("ab", text(good));
        assertEquals(Map.of("x-a", "1", "x-b", "2"), good.trailers());
        fails(Code.MALFORMED_CHUNK, 2, body + "x-a:1\r\n\r\n", "x-a", "x-b");
        fails(Code.MALFORMED_CHUNK, 2, body + "x-a:1\r\nx-c:1\r\n\r\n", "x-a");
        fails(Code.MALFORMED_CHUNK, 2, body + "x-a:1\r\nx-a:1\r\n\r\n", "x-a");
        fails(Code.MALFORMED_CHUNK, 2, body + ":1\r\n\r\n", "");
        fails(Code.MALFORMED_CHUNK, 2, body + "x-a\r\n\r\n", "x-a");
        fails(Code.MALFORMED_CHUNK, 2, body + "\r\n", "x-amz-checksum-md4");
        String name = "x-a:";
        String most = name + "v".repeat(4096 - name.length() - 2);
        assertEquals("ab", text(unsigned(2, body + most + "\r\n\r\n", "x-a")));
        fails(Code.MALFORMED_CHUNK, 2, body + most + "v\r\n\r\n", "x-a");
        fails(
                Code.MALFORMED_CHUNK,
                2,
                body + "x-a:" + "v".repeat(3000) + "\r\nx-b:" + "v".repeat(1200) + "\r\n\r\n",
                "x-a",
                "x-b");
    }

    /** A body in chunks with the signatures that the S3 reference asks for. */
    private static final class Signed {
        final StringBuilder body = new StringBuilder();
        String previous = SEED;

        Signed chunk(String bytes) {
            previous =
                    ByHand.hex(
                            KEY,
                            "AWS4-HMAC-SHA256-PAYLOAD\n20260601T120000Z\n"
                                    + SCOPE
                                    + "\n"
                                    + previous
                                    + "\n"
                                    + ByHand.sha256("")
                                    + "\n"
                                    + ByHand.sha256(bytes));
            body.append(Integer.toHexString(bytes.length()))
                    .append(";chunk-signature=")
                    .append(previous)
                    .append("\r\n")
                    .append(bytes)
                    .append(bytes.isEmpty() ? "" : "\r\n");
            return this;
        }

        String trailer(String lines) {
            return ByHand.hex(
                    KEY,
                    "AWS4-HMAC-SHA256-TRAILER\n20260601T120000Z\n"
                            + SCOPE
                            + "\n"
                            + previous
                            + "\n"
                            + ByHand.sha256(lines));
        }

        CheckedBody open(long length, String rest, String... trailers) throws IOException {
            HmacKey key = SigningKeys.aws(ByHand.SECRET, "20260601", "local", "s3");
            ChunkSeed seed = new ChunkSeed(key, ByHand.BASIC, SCOPE, SEED);
            return new Payload.Chunked(length, List.of(trailers), seed)
                    .open(new ByteArrayInputStream(latin(body + rest)), PLAIN);
        }
    }

    private static void fails(Code code, CheckedBody body) {
        PayloadException failed = assertThrows(PayloadException.class, body::readAllBytes);
        assertEquals(code, failed.code(), failed.getMessage());
    }

    @Test
    void aSignedTrailerEndsTheChainOfSignatures() throws Exception {
        Signed signed = new Signed().chunk("abc").chunk("de").chunk("");
        String right = "x-amz-trailer-signature:" + signed.trailer("x-a:1\n") + "\r\n\r\n";
        assertEquals("abcde", text(signed.open(5, "x-a:1\r\n" + right, "x-a")));
        fails(Code.TRAILER_SIGNATURE, signed.open(5, "x-a:2\r\n" + right, "x-a"));
        fails(Code.TRAILER_SIGNATURE, signed.open(5, "x-a:1\r\n\r\n", "x-a"));
        fails(
                Code.TRAILER_SIGNATURE,
                signed.open(5, "x-a:1\r\nx-amz-trailer-signature:x\r\n\r\n", "x-a"));
        assertEquals("abcde", text(signed.open(5, "\r\n")), "no trailer, no signature of it");
    }

    @Test
    void chunksCannotBeExchangedLeftOutOrUnsigned() throws Exception {
        Signed right = new Signed().chunk("abc").chunk("def").chunk("");
        assertEquals("abcdef", text(right.open(6, "\r\n")));
        String bent = right.body.toString().replace("abc\r\n", "abd\r\n");
        Signed other = new Signed();
        other.body.append(bent);
        fails(Code.CHUNK_SIGNATURE, other.open(6, "\r\n"));
        Signed without = new Signed();
        without.body.append(right.body.substring(right.body.indexOf("abc") + 5));
        fails(Code.CHUNK_SIGNATURE, without.open(3, "\r\n"));
        Signed cut = new Signed().chunk("abc");
        cut.body.append("0\r\n");
        fails(Code.MALFORMED_CHUNK, cut.open(3, "\r\n"));
        Signed forged = new Signed().chunk("abc");
        forged.body.append("0;chunk-signature=").append(SEED).append("\r\n");
        fails(Code.CHUNK_SIGNATURE, forged.open(3, "\r\n"));
    }

    @Test
    void aChecksumInAHeaderHoldsForEveryKindOfBody() throws Exception {
        for (String name :
                List.of(
                        "x-amz-checksum-crc32",
                        "x-amz-checksum-crc32c",
                        "x-amz-checksum-crc64nvme",
                        "x-amz-checksum-sha1",
                        "x-amz-checksum-sha256")) {
            Checksum checksum = java.util.Objects.requireNonNull(ChecksumHeaders.begin(name));
            checksum.update(utf8("xabcx"), 1, 3);
            String right = checksum.base64();
            SignedRequest declared =
                    ByHand.request("PUT", "/", "", "X-Amz-" + name.substring(6) + ":  " + right);
            for (Payload payload :
                    List.of(new Payload.Unsigned(), new Payload.Sha256(ByHand.sha256("abc")))) {
                InputStream abc = new ByteArrayInputStream(utf8("abc"));
                assertEquals("abc", text(payload.open(abc, declared)));
            }
            fails(
                    Code.CHECKSUM,
                    new Payload.Unsigned().open(new ByteArrayInputStream(utf8("abd")), declared));
        }
        SignedRequest other = ByHand.request("PUT", "/", "", "x-amz-checksum-type: FULL_OBJECT");
        InputStream abc = new ByteArrayInputStream(utf8("abc"));
        CheckedBody body = new Payload.Unsigned().open(abc, other);
        assertEquals(3, body.available());
        assertEquals("abc", text(body));
        assertEquals(Map.of(), body.trailers());
    }

    @Test
    void checksumsOfKnownBytes() {
        // The check values of the catalogues for "123456789".
        assertChecksum("y/Q5Jg==", "x-amz-checksum-crc32");
        assertChecksum("4waSgw==", "x-amz-checksum-crc32c");
        assertChecksum("rosUhgp5mIg=", "x-amz-checksum-crc64nvme");
        assertEquals(null, ChecksumHeaders.begin("x-amz-checksum-md5"));
    }

    private static void assertChecksum(String expected, String name) {
        Checksum checksum = java.util.Objects.requireNonNull(ChecksumHeaders.begin(name));
        checksum.update(utf8("123456789"), 0, 9);
        assertEquals(expected, checksum.base64());
    }

    @Test
    void closingClosesTheConnectionsStream() throws Exception {
        boolean[] closed = new boolean[1];
        InputStream in =
                new ByteArrayInputStream(new byte[0]) {
                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                };
        new Payload.Chunked(0, List.of(), null).open(in, PLAIN).close();
        assertTrue(closed[0]);
    }

    @Test
    void theLengthOfABodyIsTheDecodedOne() {
        assertEquals(7, new Payload.Chunked(7, List.of(), null).length(99));
        assertEquals(99, new Payload.Unsigned().length(99));
        assertEquals(-1, new Payload.Sha256("").length(-1));
    }
}
