package io.millrace.signing;

import io.millrace.signing.PayloadException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes {@code aws-chunked} framing off a body: {@code hex-size[;chunk-signature=hex]\r\n bytes
 * \r\n}, a chunk of size 0, then perhaps trailer lines. Checks each chunk's signature at the
 * chunk's end and the total length at the end. Header lines ≤ 256 bytes, the trailer ≤ 4 KiB. Not
 * thread-safe.
 *
 * <p>Source: the S3 API reference, "Signature calculations for the Authorization header:
 * Transferring a payload in multiple chunks", and the page on trailing headers.
 */
final class ChunkedSource extends InputStream {
    private static final int MAX_LINE = 256;
    private static final int MAX_TRAILER = 4096;

    private final InputStream in;
    private final Payload.Chunked framing;
    private final @Nullable ChunkSeed seed;
    private final byte[] buffer = new byte[8192];
    private final Map<String, String> trailers = new LinkedHashMap<>();
    private final MessageDigest chunkHash = Hashes.sha256();
    private int at;
    private int limit;
    private long left;
    private boolean inChunk;
    private boolean done;
    private long total;
    private String previous;
    private String chunkSignature = "";

    ChunkedSource(InputStream in, Payload.Chunked framing) {
        this.in = in;
        this.framing = framing;
        this.seed = framing.seed();
        this.previous = seed == null ? "" : seed.signature();
    }

    Map<String, String> trailers() {
        return trailers;
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
        while (!done && left == 0) {
            if (inChunk) {
                endChunk();
            }
            beginChunk();
        }
        if (done) {
            return -1;
        }
        int wanted = (int) Math.min(length, left);
        int n;
        if (limit > at) {
            n = Math.min(wanted, limit - at);
            System.arraycopy(buffer, at, into, offset, n);
            at += n;
        } else {
            n = in.read(into, offset, wanted);
            if (n < 0) {
                throw incomplete();
            }
        }
        left -= n;
        if (seed != null) {
            chunkHash.update(into, offset, n);
        }
        return n;
    }

    private void beginChunk() throws IOException {
        String line = line(MAX_LINE);
        int semicolon = line.indexOf(';');
        left = size(semicolon < 0 ? line : line.substring(0, semicolon));
        chunkSignature = "";
        if (seed != null) {
            String extension = semicolon < 0 ? "" : line.substring(semicolon + 1);
            if (!extension.startsWith("chunk-signature=")) {
                throw malformed("A chunk of a signed body has no chunk-signature.");
            }
            chunkSignature = extension.substring("chunk-signature=".length());
        }
        total += left;
        if (total > framing.decodedLength()) {
            throw new PayloadException(
                    Code.INCOMPLETE, "The body is longer than x-amz-decoded-content-length.");
        }
        inChunk = true;
        if (left == 0) {
            end();
        }
    }

    private static long size(String hex) throws PayloadException {
        if (hex.isEmpty() || hex.length() > 15) {
            throw malformed("A chunk header has no size.");
        }
        long size = 0;
        for (int i = 0; i < hex.length(); i++) {
            int digit = Character.digit(hex.charAt(i), 16);
            if (digit < 0) {
                throw malformed("A chunk size is not hexadecimal.");
            }
            size = size << 4 | digit;
        }
        return size;
    }

    private void endChunk() throws IOException {
        if (next() != '\r' || next() != '\n') {
            throw malformed("A chunk does not end with a line break.");
        }
        checkChunk();
        inChunk = false;
    }

    private void checkChunk() throws PayloadException {
        if (seed == null) {
            return;
        }
        String text =
                "AWS4-HMAC-SHA256-PAYLOAD\n"
                        + seed.date()
                        + "\n"
                        + seed.scope()
                        + "\n"
                        + previous
                        + "\n"
                        + Hashes.EMPTY_SHA256
                        + "\n"
                        + Hashes.HEX.formatHex(chunkHash.digest());
        String expected = Hashes.HEX.formatHex(seed.key().sign(text));
        if (!Hashes.same(expected, chunkSignature)) {
            throw new PayloadException(
                    Code.CHUNK_SIGNATURE, "The signature of a chunk does not match its bytes.");
        }
        previous = expected;
    }

    /** After the chunk of size 0: its signature, the trailer, the total. */
    private void end() throws IOException {
        checkChunk();
        StringBuilder signedLines = new StringBuilder();
        String trailerSignature = null;
        int bytes = 0;
        while (true) {
            String line = lineOrEnd();
            if (line == null || line.isEmpty()) {
                break;
            }
            bytes += line.length() + 2;
            int colon = line.indexOf(':');
            if (colon <= 0 || bytes > MAX_TRAILER) {
                throw malformed("The trailer does not parse.");
            }
            String name = Headers.lower(line.substring(0, colon).strip());
            String value = line.substring(colon + 1).strip();
            if (name.equals("x-amz-trailer-signature")) {
                trailerSignature = value;
            } else if (!framing.trailers().contains(name) || trailers.put(name, value) != null) {
                throw malformed("The trailer has a field that x-amz-trailer does not announce.");
            } else {
                signedLines.append(name).append(':').append(value).append('\n');
            }
        }
        if (!trailers.keySet().containsAll(framing.trailers())) {
            throw malformed("The trailer lacks a field that x-amz-trailer announces.");
        }
        if (seed != null && !framing.trailers().isEmpty()) {
            checkTrailer(signedLines.toString(), trailerSignature);
        }
        if (total != framing.decodedLength()) {
            throw new PayloadException(
                    Code.INCOMPLETE, "The body is shorter than x-amz-decoded-content-length.");
        }
        if (limit > at || in.read() >= 0) {
            throw malformed("Bytes follow the end of the chunked body.");
        }
        done = true;
    }

    private void checkTrailer(String lines, @Nullable String signature) throws PayloadException {
        ChunkSeed chain = java.util.Objects.requireNonNull(seed);
        String text =
                "AWS4-HMAC-SHA256-TRAILER\n"
                        + chain.date()
                        + "\n"
                        + chain.scope()
                        + "\n"
                        + previous
                        + "\n"
                        + Hashes.sha256Hex(lines);
        String expected = Hashes.HEX.formatHex(chain.key().sign(text));
        if (signature == null || !Hashes.same(expected, signature)) {
            throw new PayloadException(
                    Code.TRAILER_SIGNATURE, "The signature of the trailer does not match.");
        }
    }

    private String line(int max) throws IOException {
        String line = readLine(max, false);
        if (line == null) {
            throw incomplete();
        }
        return line;
    }

    /**
     * A trailer line; null at the end of the body, where some clients leave the last line break
     * out.
     */
    private @Nullable String lineOrEnd() throws IOException {
        return readLine(MAX_TRAILER, true);
    }

    private @Nullable String readLine(int max, boolean mayEnd) throws IOException {
        byte[] line = new byte[128];
        int n = 0;
        while (true) {
            if (at == limit && !fill()) {
                if (mayEnd && n == 0) {
                    return null;
                }
                throw incomplete();
            }
            byte b = buffer[at++];
            if (b == '\n' && n > 0 && line[n - 1] == '\r') {
                return new String(line, 0, n - 1, StandardCharsets.ISO_8859_1);
            }
            if (b == '\n') {
                // The trailer example of the S3 reference ends its lines with a bare line feed.
                return new String(line, 0, n, StandardCharsets.ISO_8859_1);
            }
            if (n == max) {
                throw malformed("A chunk header is too long.");
            }
            if (n == line.length) {
                line = java.util.Arrays.copyOf(line, n * 2);
            }
            line[n++] = b;
        }
    }

    private int next() throws IOException {
        if (at == limit && !fill()) {
            throw incomplete();
        }
        return buffer[at++];
    }

    private boolean fill() throws IOException {
        at = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    private static PayloadException malformed(String message) {
        return new PayloadException(Code.MALFORMED_CHUNK, message);
    }

    private static PayloadException incomplete() {
        return new PayloadException(
                Code.INCOMPLETE, "The body ended before the chunks that it announced.");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
