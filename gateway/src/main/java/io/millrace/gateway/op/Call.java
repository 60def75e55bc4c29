package io.millrace.gateway.op;

import io.millrace.access.Caller;
import io.millrace.gateway.answer.Answers;
import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.auth.Authenticator;
import io.millrace.gateway.auth.Guard;
import io.millrace.kit.http.Exchange;
import io.millrace.signing.CheckedBody;
import io.millrace.signing.Payload;
import io.millrace.signing.SignedRequest;
import io.millrace.store.Store;
import io.millrace.store.content.ExpectedDigests;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
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

    /** Whose name stands as owner in documents. */
    String owner() {
        return services.access().account();
    }

    /** How many bytes of content follow, -1 when only the end will tell. */
    long bodyLength() {
        return proof.payload().length(exchange.contentLength());
    }

    /** The content if it is at hand as it is, unframed and with nothing to check; else null. */
    byte @Nullable [] wholeBody() {
        return proof.payload() instanceof Payload.Unsigned && !hasChecksumHeader()
                ? exchange.wholeBody()
                : null;
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
        CheckedBody body = checked;
        if (body == null) {
            body = proof.payload().open(exchange.body(), signed);
            checked = body;
        }
        return body;
    }

    /** A small document as the body, such as XML. */
    byte[] document() throws IOException {
        int limit = services.maxDocumentBytes();
        if (bodyLength() > limit) {
            throw new GatewayException(ErrorCode.TOO_MUCH_BODY);
        }
        InputStream in = body();
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
