package io.millrace.signing;

import io.millrace.kit.Checksum;
import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.signing.PayloadException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The decoded bytes of a body, checked while they are read. Not thread-safe.
 *
 * <p>The chunks' signatures are checked chunk by chunk, everything else once at the end: what was
 * read counts only when {@link #read} has answered -1.
 */
public final class CheckedBody extends InputStream {
    private record Expected(String name, @Nullable String value, Checksum checksum) {}

    private final InputStream source;
    private final @Nullable ChunkedSource chunks;
    private final @Nullable MessageDigest sha256;
    private final String sha256Hex;
    private final List<Expected> expected;
    private final Map<ChecksumAlgorithm, byte[]> held = new EnumMap<>(ChecksumAlgorithm.class);
    private boolean ended;

    private CheckedBody(
            InputStream source,
            @Nullable ChunkedSource chunks,
            @Nullable MessageDigest sha256,
            String sha256Hex,
            List<Expected> expected) {
        this.source = source;
        this.chunks = chunks;
        this.sha256 = sha256;
        this.sha256Hex = sha256Hex;
        this.expected = expected;
    }

    static CheckedBody open(Payload payload, InputStream body, SignedRequest request)
            throws IOException {
        List<Expected> expected = declared(request);
        return switch (payload) {
            case Payload.Unsigned() -> new CheckedBody(body, null, null, "", expected);
            case Payload.Sha256(String hex) ->
                    new CheckedBody(body, null, Hashes.sha256(), hex, expected);
            case Payload.Chunked chunked -> {
                for (String trailer : chunked.trailers()) {
                    Checksum checksum = ChecksumHeaders.begin(trailer);
                    if (checksum != null) {
                        expected.add(new Expected(trailer, null, checksum));
                    } else if (trailer.startsWith("x-amz-checksum-")) {
                        throw new PayloadException(
                                Code.MALFORMED_CHUNK, "Unknown trailer checksum: " + trailer);
                    }
                }
                ChunkedSource chunks = new ChunkedSource(body, chunked);
                yield new CheckedBody(chunks, chunks, null, "", expected);
            }
        };
    }

    private static List<Expected> declared(SignedRequest request) {
        List<Expected> expected = new ArrayList<>(2);
        for (Map.Entry<String, String> header : request.headers()) {
            if (Headers.startsWith(header.getKey(), "x-amz-checksum-")) {
                String name = Headers.lower(header.getKey());
                Checksum checksum = ChecksumHeaders.begin(name);
                if (checksum != null) {
                    expected.add(new Expected(name, header.getValue().strip(), checksum));
                }
            }
        }
        return expected;
    }

    /** The trailer's fields with lower-case names; complete once reading has answered -1. */
    public Map<String, String> trailers() {
        return chunks == null ? Map.of() : chunks.trailers();
    }

    /** The checksums that the body was sent with and has; complete once reading has answered -1. */
    public Map<ChecksumAlgorithm, byte[]> checksums() {
        return Map.copyOf(held);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (ended) {
            return -1;
        }
        int n = source.read(into, offset, length);
        if (n < 0) {
            ended = true;
            end();
            return -1;
        }
        if (sha256 != null) {
            sha256.update(into, offset, n);
        }
        for (Expected each : expected) {
            each.checksum().update(into, offset, n);
        }
        return n;
    }

    private void end() throws PayloadException {
        if (sha256 != null && !Hashes.same(Hashes.HEX.formatHex(sha256.digest()), sha256Hex)) {
            throw new PayloadException(
                    Code.CONTENT_SHA256,
                    "The provided 'x-amz-content-sha256' header does not match what was computed.");
        }
        for (Expected each : expected) {
            String value = each.value() == null ? trailers().get(each.name()) : each.value();
            byte[] bytes = each.checksum().value();
            String computed = Base64.getEncoder().encodeToString(bytes);
            ChecksumAlgorithm algorithm = ChecksumHeaders.algorithm(each.name());
            if (algorithm != null) {
                held.put(algorithm, bytes);
            }
            if (value == null || !Hashes.same(computed, value)) {
                throw new PayloadException(
                        Code.CHECKSUM,
                        "The "
                                + each.name()
                                + " you specified did not match the calculated checksum.");
            }
        }
    }

    @Override
    public int available() throws IOException {
        return ended ? 0 : source.available();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
