package io.millrace.bench.large;

import io.millrace.signing.AccessKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Frames a body as {@code aws-chunked}, as the AWS SDKs do: chunks of 128 KiB. */
final class Chunks {
    static final String SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    static final String UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private static final int CHUNK_BYTES = 128 << 10;
    private static final long NVME = 0x9A6C9329AC4BC9B5L;

    private final byte[] object;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Chunks(byte[] object) {
        this.object = object;
    }

    /** Each chunk signed with the chain that the request's signature begins. */
    byte[] signed(AccessKey key, List<Map.Entry<String, String>> headers) {
        String date = value(headers, "x-amz-date");
        String authorization = value(headers, "Authorization");
        String previous = authorization.substring(authorization.indexOf("Signature=") + 10);
        byte[] signing = ("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8);
        for (String step : List.of(date.substring(0, 8), "local", "s3", "aws4_request")) {
            signing = hmac(signing, step);
        }
        String scope = date.substring(0, 8) + "/local/s3/aws4_request";
        for (int at = 0; ; at += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, object.length - at);
            String text =
                    String.join(
                            "\n",
                            "AWS4-HMAC-SHA256-PAYLOAD",
                            date,
                            scope,
                            previous,
                            sha256(0, 0),
                            sha256(at, length));
            previous = HexFormat.of().formatHex(hmac(signing, text));
            chunk(at, length, ";chunk-signature=" + previous);
            if (length == 0) {
                return out.toByteArray();
            }
        }
    }

    /** Unsigned chunks and a trailer with the CRC-64/NVME of the object. */
    byte[] withTrailer() {
        for (int at = 0; at < object.length; at += CHUNK_BYTES) {
            chunk(at, Math.min(CHUNK_BYTES, object.length - at), "");
        }
        byte[] crc = java.nio.ByteBuffer.allocate(8).putLong(nvme()).array();
        text("0\r\nx-amz-checksum-crc64nvme:" + Base64.getEncoder().encodeToString(crc));
        text("\r\n\r\n");
        return out.toByteArray();
    }

    private void chunk(int at, int length, String extension) {
        text(Integer.toHexString(length) + extension + "\r\n");
        out.write(object, at, length);
        text("\r\n");
    }

    private void text(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private long nvme() {
        long crc = ~0L;
        for (byte b : object) {
            crc ^= b & 0xff;
            for (int k = 0; k < 8; k++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ NVME : crc >>> 1;
            }
        }
        return ~crc;
    }

    private String sha256(int at, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(object, at, length);
            return HexFormat.of().formatHex(digest.digest());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String value(List<Map.Entry<String, String>> headers, String name) {
        return headers.stream()
                .filter(h -> h.getKey().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }
}
