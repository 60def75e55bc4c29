package io.millrace.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.kit.Checksum;
import io.millrace.signing.PayloadException.Code;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The examples of the S3 API reference. */
class SigV4VectorsTest {
    private static final String ID = "AKIAIOSFODNN7EXAMPLE";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private static final Instant NOW = Instant.parse("2013-05-24T00:00:00Z");
    private static final String EMPTY = Hashes.EMPTY_SHA256;

    private static Map.Entry<String, String> h(String name, String value) {
        return Map.entry(name, value);
    }

    private static VerifyOutcome verify(SignedRequest request) {
        return assertInstanceOf(Claim.class, Credentials.parse(request)).verify(SECRET, NOW);
    }

    private static void verified(SignedRequest request) {
        VerifyOutcome outcome = verify(request);
        assertInstanceOf(VerifyOutcome.Verified.class, outcome, outcome.toString());
    }

    private static Map.Entry<String, String> authorization(String signed, String signature) {
        return h(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential="
                        + ID
                        + "/20130524/us-east-1/s3/aws4_request,SignedHeaders="
                        + signed
                        + ",Signature="
                        + signature);
    }

    @Test
    void getObjectWithARange() {
        verified(
                new SignedRequest(
                        "GET",
                        "/test.txt",
                        "",
                        List.of(
                                h("Host", "examplebucket.s3.amazonaws.com"),
                                h("Range", "bytes=0-9"),
                                h("x-amz-content-sha256", EMPTY),
                                h("x-amz-date", "20130524T000000Z"),
                                authorization(
                                        "host;range;x-amz-content-sha256;x-amz-date",
                                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))));
    }

    @Test
    void putObjectWithADollarInItsName() {
        verified(
                new SignedRequest(
                        "PUT",
                        "/test%24file.text",
                        "",
                        List.of(
                                h("Host", "examplebucket.s3.amazonaws.com"),
                                h("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                                h("x-amz-date", "20130524T000000Z"),
                                h("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                                h(
                                        "x-amz-content-sha256",
                                        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
                                authorization(
                                        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                                        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))));
    }

    @Test
    void aSubResourceWithoutAValueAndAListing() {
        verified(
                new SignedRequest(
                        "GET",
                        "/",
                        "lifecycle",
                        List.of(
                                h("Host", "examplebucket.s3.amazonaws.com"),
                                h("x-amz-date", "20130524T000000Z"),
                                h("x-amz-content-sha256", EMPTY),
                                authorization(
                                        "host;x-amz-content-sha256;x-amz-date",
                                        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))));
        verified(
                new SignedRequest(
                        "GET",
                        "/",
                        "max-keys=2&prefix=J",
                        List.of(
                                h("Host", "examplebucket.s3.amazonaws.com"),
                                h("x-amz-date", "20130524T000000Z"),
                                h("x-amz-content-sha256", EMPTY),
                                authorization(
                                        "host;x-amz-content-sha256;x-amz-date",
                                        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))));
    }

    @Test
    void aPresignedUrl() {
        verified(
                new SignedRequest(
                        "GET",
                        "/test.txt",
                        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                                + ID
                                + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
                                + "&X-Amz-SignedHeaders=host&X-Amz-Signature="
                                + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
                        List.of(h("Host", "examplebucket.s3.amazonaws.com"))));
    }

    private static final List<Map.Entry<String, String>> CHUNKED =
            List.of(
                    h("Host", "s3.amazonaws.com"),
                    h("x-amz-date", "20130524T000000Z"),
                    h("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                    h("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
                    h("Content-Encoding", "aws-chunked"),
                    h("x-amz-decoded-content-length", "66560"),
                    h("Content-Length", "66824"),
                    authorization(
                            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                                    + "x-amz-decoded-content-length;x-amz-storage-class",
                            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));

    private static byte[] chunkedBody() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] first = new byte[65536];
        byte[] second = new byte[1024];
        Arrays.fill(first, (byte) 'a');
        Arrays.fill(second, (byte) 'a');
        text(
                out,
                "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n");
        out.writeBytes(first);
        text(
                out,
                "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n");
        out.writeBytes(second);
        text(
                out,
                "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n");
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static CheckedBody open(byte[] body) throws Exception {
        SignedRequest request =
                new SignedRequest("PUT", "/examplebucket/chunkObject.txt", "", CHUNKED);
        VerifyOutcome.Verified ok = assertInstanceOf(VerifyOutcome.Verified.class, verify(request));
        assertEquals(66560, ok.payload().length(66824));
        return ok.payload().open(new ByteArrayInputStream(body), request);
    }

    @Test
    void aSignedChunkedUploadAndWhatWasBentInIt() throws Exception {
        byte[] body = chunkedBody();
        assertEquals(66824, body.length);
        byte[] all = new byte[66560];
        Arrays.fill(all, (byte) 'a');
        assertArrayEquals(all, open(body).readAllBytes());
        bent(Code.CHUNK_SIGNATURE, 100, body);
        bent(Code.CHUNK_SIGNATURE, 30, body);
        fails(Code.INCOMPLETE, Arrays.copyOf(body, 66000));
        fails(Code.INCOMPLETE, Arrays.copyOf(body, 66824 - 89));
        fails(Code.MALFORMED_CHUNK, Arrays.copyOf(body, body.length + 1));
        byte[] huge = body.clone();
        huge[0] = 'f';
        fails(Code.INCOMPLETE, huge);
        byte[] longLine = new byte[4000];
        Arrays.fill(longLine, (byte) '0');
        fails(Code.MALFORMED_CHUNK, longLine);
        fails(Code.MALFORMED_CHUNK, "400\r\n".getBytes(StandardCharsets.US_ASCII));
        fails(Code.MALFORMED_CHUNK, "-1;chunk-signature=a\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static void bent(Code code, int at, byte[] body) {
        byte[] copy = body.clone();
        copy[at] ^= 1;
        fails(code, copy);
    }

    private static void fails(Code code, byte[] body) {
        PayloadException e = assertThrows(PayloadException.class, () -> open(body).readAllBytes());
        assertEquals(code, e.code(), e.getMessage());
    }

    @Test
    void aTrailerIsVerifiedWithEachChecksum() throws Exception {
        byte[] object = "Hello world".repeat(100).getBytes(StandardCharsets.UTF_8);
        for (String name :
                List.of(
                        "x-amz-checksum-crc32",
                        "x-amz-checksum-crc32c",
                        "x-amz-checksum-crc64nvme",
                        "x-amz-checksum-sha1",
                        "x-amz-checksum-sha256")) {
            Checksum checksum = java.util.Objects.requireNonNull(ChecksumHeaders.begin(name));
            checksum.update(object, 0, object.length);
            String right = checksum.base64();
            Payload payload = new Payload.Chunked(object.length, List.of(name), null);
            SignedRequest request = new SignedRequest("PUT", "/b/k", "", List.of());
            CheckedBody body =
                    payload.open(trailed(object, name + ":" + right + "\r\n\r\n"), request);
            assertArrayEquals(object, body.readAllBytes());
            assertEquals(Map.of(name, right), body.trailers());
            for (String bad :
                    List.of(
                            name + ":AAAAAA==\r\n\r\n",
                            "\r\n",
                            "",
                            name + ":" + right + "\r\nx-amz-meta-a:b\r\n\r\n",
                            name + ":" + right + "\r\n" + name + ":" + right + "\r\n\r\n",
                            "x".repeat(5000) + ":y\r\n\r\n")) {
                assertThrows(
                        PayloadException.class,
                        () -> payload.open(trailed(object, bad), request).readAllBytes(),
                        bad);
            }
        }
    }

    private static ByteArrayInputStream trailed(byte[] object, String trailer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        text(out, Integer.toHexString(object.length) + "\r\n");
        out.writeBytes(object);
        text(out, "\r\n0\r\n" + trailer);
        return new ByteArrayInputStream(out.toByteArray());
    }

    @Test
    void anUnsignedTrailerUploadWithAForgedSignatureIsRefused() {
        // the shape of CVE-2025-31489: the payload is unsigned, the request must still be signed
        SignedRequest request =
                new SignedRequest(
                        "PUT",
                        "/examplebucket/k",
                        "",
                        List.of(
                                h("Host", "s3.amazonaws.com"),
                                h("x-amz-date", "20130524T000000Z"),
                                h("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                                h("x-amz-trailer", "x-amz-checksum-crc32"),
                                h("x-amz-decoded-content-length", "3"),
                                authorization(
                                        "host;x-amz-content-sha256;x-amz-date;"
                                                + "x-amz-decoded-content-length;x-amz-trailer",
                                        "0".repeat(64))));
        assertInstanceOf(VerifyOutcome.Mismatch.class, verify(request));
    }

    @Test
    void aBodyOtherThanTheSignedHashFails() throws Exception {
        SignedRequest request = new SignedRequest("PUT", "/b/k", "", List.of());
        Payload payload = new Payload.Sha256(Hashes.sha256Hex("abc"));
        assertArrayEquals(
                "abc".getBytes(StandardCharsets.US_ASCII),
                payload.open(
                                new ByteArrayInputStream("abc".getBytes(StandardCharsets.US_ASCII)),
                                request)
                        .readAllBytes());
        PayloadException e =
                assertThrows(
                        PayloadException.class,
                        () ->
                                payload.open(new ByteArrayInputStream(new byte[3]), request)
                                        .readAllBytes());
        assertEquals(Code.CONTENT_SHA256, e.code());
        assertTrue(String.valueOf(e.getMessage()).contains("x-amz-content-sha256"));
    }
}
