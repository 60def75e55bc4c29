package io.millrace.bench.large;

import io.millrace.signing.AccessKey;
import io.millrace.signing.OssSigner;
import io.millrace.signing.SigV4Signer;
import io.millrace.signing.SignedRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A way in which clients send an object, with the digests that it asks the server for. */
@SuppressWarnings("ImmutableEnumChecker") // The sets can't be changed.
enum Variant {
    /** S3, the body not signed. */
    UNSIGNED("S3, unsigned payload"),
    /** S3, x-amz-content-sha256 over the whole body. */
    SIGNED("S3, signed payload", Digest.SHA256),
    /** S3, aws-chunked, each chunk of 128 KiB signed. */
    CHUNKS("S3, signed chunks", Digest.SHA256),
    /** S3, aws-chunked, unsigned, a checksum in the trailer: what current SDKs send by TLS. */
    TRAILER("S3, CRC64NVME trailer", Digest.CRC64NVME),
    /** OSS, V4 signature, which never covers the body. */
    OSS("OSS, V4");

    final String title;
    final Set<Digest> digests;

    /** Every object has an ETag, the CRC64 of the OSS dialect, and block checksums. */
    Variant(String title, Digest... more) {
        this.title = title;
        Set<Digest> all = EnumSet.of(Digest.MD5, Digest.CRC64, Digest.CRC32C);
        all.addAll(List.of(more));
        this.digests = Collections.unmodifiableSet(all);
    }

    /** A request with everything that goes over the wire. */
    record Wire(byte[] head, byte[] body) {}

    Wire put(Server server, String path, byte[] object) {
        Instant now = Instant.now();
        AccessKey key = server.key();
        SigV4Signer s3 = new SigV4Signer(key, "local", "s3");
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Host", server.host()));
        byte[] body = object;
        String length = Integer.toString(object.length);
        switch (this) {
            case UNSIGNED ->
                    headers.addAll(
                            s3.sign(
                                    request("PUT", path, headers),
                                    SigV4Signer.UNSIGNED_PAYLOAD,
                                    now));
            case SIGNED ->
                    headers.addAll(
                            s3.sign(
                                    request("PUT", path, headers),
                                    SigV4Signer.payloadHash(object),
                                    now));
            case OSS ->
                    headers.addAll(
                            new OssSigner(key, "local").signV4(request("PUT", path, headers), now));
            case CHUNKS -> {
                headers.add(Map.entry("x-amz-decoded-content-length", length));
                headers.addAll(s3.sign(request("PUT", path, headers), Chunks.SIGNED, now));
                body = new Chunks(object).signed(key, headers);
            }
            case TRAILER -> {
                headers.add(Map.entry("x-amz-decoded-content-length", length));
                headers.add(Map.entry("x-amz-trailer", "x-amz-checksum-crc64nvme"));
                headers.addAll(s3.sign(request("PUT", path, headers), Chunks.UNSIGNED, now));
                body = new Chunks(object).withTrailer();
            }
        }
        headers.add(Map.entry("Content-Length", Integer.toString(body.length)));
        return new Wire(head("PUT", path, headers), body);
    }

    static Wire s3(Server server, String method, String path) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        headers.add(Map.entry("Host", server.host()));
        headers.addAll(
                new SigV4Signer(server.key(), "local", "s3")
                        .sign(
                                request(method, path, headers),
                                SigV4Signer.UNSIGNED_PAYLOAD,
                                Instant.now()));
        headers.add(Map.entry("Content-Length", "0"));
        return new Wire(head(method, path, headers), new byte[0]);
    }

    private static SignedRequest request(
            String method, String path, List<Map.Entry<String, String>> headers) {
        return new SignedRequest(method, path, "", headers);
    }

    private static byte[] head(
            String method, String path, List<Map.Entry<String, String>> headers) {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        headers.forEach(h -> head.append(h.getKey() + ": " + h.getValue() + "\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
