package io.millrace.gateway.op;

import io.millrace.access.Caller;
import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.auth.Authenticator;
import io.millrace.gateway.auth.Guard;
import io.millrace.gateway.parse.TrafficLimit;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.CheckedBody;
import io.millrace.signing.ChecksumHeaders;
import io.millrace.signing.Payload;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import io.millrace.store.content.ExpectedDigests;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request on its way through: who, in which dialect, and its body. One thread's own. */
public final class Call {
    private final Services services;
    private final Exchange exchange;
    private final Dialect dialect;
    private final SignedRequest signed;
    private final Authenticator.Proof proof;
    private final Guard guard;
    private @Nullable CheckedBody checked;
    private @Nullable InputStream opened;

    public Call(
            Services services,
            Exchange exchange,
            Dialect dialect,
            SignedRequest signed,
            Authenticator.Proof proof) {
        this.services = services;
        this.exchange = exchange;
        this.dialect = dialect;
        this.signed = signed;
        this.proof = proof;
        this.guard = new Guard(services.access(), services.store(), proof.caller(), exchange);
    }

    Services services() {
        return services;
    }

    Store store() {
        return services.store();
    }

    Exchange exchange() {
        return exchange;
    }

    public Dialect dialect() {
        return dialect;
    }

    Answers answers() {
        return Answers.of(dialect);
    }

    public Caller caller() {
        return proof.caller();
    }

    public Guard guard() {
        return guard;
    }

    /** The value of a name in the query; null when it isn't there. */
    @Nullable String query(String name) {
        return signed.query().get(name);
    }

    /** Whose name stands as owner in documents. */
    String owner() {
        return services.access().account();
    }

    /** How many bytes of content follow, -1 when only the end will tell. */
    long bodyLength() {
        return proof.payload().length(exchange.contentLength());
    }

    /** The content if it is at hand as it is, unframed and with nothing to check; else null. */
    byte @Nullable [] wholeBody() throws IOException {
        if (!(proof.payload() instanceof Payload.Unsigned) || hasChecksumHeader()) {
            return null;
        }
        byte[] whole = exchange.wholeBody();
        Pace pace = pace();
        if (whole != null && pace != null) {
            pace.passed(whole.length);
        }
        return whole;
    }

    /** What a limit of the traffic asks for; null when there is none. */
    @Nullable Pace pace() {
        return pace(TrafficLimit.of(exchange, signed.query()));
    }

    @Nullable Pace pace(long bitsPerSecond) {
        return bitsPerSecond == TrafficLimit.NONE
                ? null
                : new Pace(services.monotonic(), bitsPerSecond, exchange::pause);
    }

    private boolean hasChecksumHeader() {
        for (Map.Entry<String, String> header : signed.headers()) {
            if (header.getKey().regionMatches(true, 0, "x-amz-checksum-", 0, 15)) {
                return true;
            }
        }
        return false;
    }

    /** The content: unframed, its signatures and checksums verified by the time it ends. */
    InputStream body() throws IOException {
        InputStream body = opened;
        if (body == null) {
            checked = proof.payload().open(exchange.body(), signed);
            Pace pace = pace();
            body = pace == null ? checked : pace.hold(checked);
            opened = body;
        }
        return body;
    }

    /** Bytes that must have the checksums that a form's fields name. */
    InputStream checked(InputStream bytes, Map<String, String> fields) throws IOException {
        SignedRequest form =
                new SignedRequest(
                        signed.method(),
                        signed.rawPath(),
                        signed.query(),
                        List.copyOf(fields.entrySet()),
                        signed.hostBucket());
        return new Payload.Unsigned().open(bytes, form);
    }

    /** A small document as the body, such as XML. */
    byte[] document() throws IOException {
        return document(body());
    }

    /** The same where checksums in the headers are not the document's. */
    byte[] uncheckedDocument() throws IOException {
        List<Map.Entry<String, String>> others = new ArrayList<>();
        for (Map.Entry<String, String> header : signed.headers()) {
            if (ChecksumHeaders.algorithm(header.getKey().toLowerCase(Locale.ROOT)) == null) {
                others.add(header);
            }
        }
        return document(
                proof.payload()
                        .open(
                                exchange.body(),
                                new SignedRequest(
                                        signed.method(),
                                        signed.rawPath(),
                                        signed.query(),
                                        others,
                                        signed.hostBucket())));
    }

    private byte[] document(InputStream in) throws IOException {
        int limit = services.maxDocumentBytes();
        if (bodyLength() > limit) {
            throw new GatewayException(ErrorCode.TOO_MUCH_BODY);
        }
        byte[] document = in.readNBytes(limit + 1);
        if (document.length > limit) {
            throw new GatewayException(ErrorCode.TOO_MUCH_BODY);
        }
        Digests.checkMd5(exchange.header("Content-MD5"), document);
        return document;
    }

    /** What the headers say that the body hashes to. */
    ExpectedDigests digests() {
        String md5 = exchange.header("Content-MD5");
        String crc = exchange.header("x-oss-hash-crc64ecma");
        ExpectedDigests digests = ExpectedDigests.NONE;
        if (md5 != null) {
            digests = digests.withMd5(Digests.md5(md5));
        }
        return crc == null ? digests : digests.withCrc64(Digests.crc64(crc));
    }

    /** S3's checksums that the body was sent with and has, once it has been read. */
    Map<ChecksumAlgorithm, byte[]> checksums() {
        CheckedBody body = checked;
        return body == null ? Map.of() : body.checksums();
    }

    /** Gives back the checksums that the client sent and that held, as S3 does. */
    void echoChecksums() {
        CheckedBody body = checked;
        if (dialect != Dialect.S3 || body == null) {
            return;
        }
        for (Map.Entry<String, String> header : signed.headers()) {
            echo(header.getKey().toLowerCase(Locale.ROOT), header.getValue());
        }
        body.trailers().forEach(this::echo);
    }

    /** Says the MD5 of what arrived, in hex, as OSS does. */
    void echoMd5(String hex) {
        if (dialect == Dialect.OSS) {
            String base64 = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
            exchange.setHeader("Content-MD5", base64);
        }
    }

    private void echo(String name, String value) {
        if (name.startsWith("x-amz-checksum-") && !name.endsWith("-algorithm")) {
            exchange.setHeader(name, value);
        }
    }

    /** The address under which the client reached us: {@code http://host}. */
    String origin() {
        String host = exchange.header("Host");
        return (exchange.secure() ? "https://" : "http://") + (host == null ? "localhost" : host);
    }

    /** The address of an object as this request reached it. */
    String location(String bucket, String key) {
        return signed.hostBucket() != null
                ? origin() + "/" + io.millrace.gateway.parse.Percent.encode(key)
                : origin() + "/" + bucket + "/" + io.millrace.gateway.parse.Percent.encode(key);
    }

    /** Sends an XML document with status 200. */
    void sendXml(byte[] document) {
        exchange.setHeader("Content-Type", "application/xml").send(document);
    }

    /** Digests in headers. */
    static final class Digests {
        private Digests() {}

        static byte[] md5(String base64) {
            try {
                byte[] digest = Base64.getDecoder().decode(base64.strip());
                if (digest.length == 16) {
                    return digest;
                }
            } catch (IllegalArgumentException e) {
                // Falls through to the refusal.
            }
            throw new GatewayException(ErrorCode.INVALID_DIGEST).with("Content-MD5", base64);
        }

        static long crc64(String decimal) {
            try {
                return Long.parseUnsignedLong(decimal.strip());
            } catch (NumberFormatException e) {
                throw new GatewayException(
                        ErrorCode.INVALID_ARGUMENT,
                        "x-oss-hash-crc64ecma must be an unsigned decimal number of 64 bits.");
            }
        }

        static void checkMd5(@Nullable String header, byte[] document) {
            if (header == null) {
                return;
            }
            byte[] expected = md5(header);
            try {
                byte[] actual = java.security.MessageDigest.getInstance("MD5").digest(document);
                if (!java.security.MessageDigest.isEqual(expected, actual)) {
                    throw new GatewayException(ErrorCode.BAD_DIGEST);
                }
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has MD5", e);
            }
        }
    }
}
