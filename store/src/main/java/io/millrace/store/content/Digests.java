package io.millrace.store.content;

import io.millrace.kit.Md5Crc64;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The digests of one body: MD5 and CRC64 always, SHA-256 when it is expected. */
public final class Digests {
    private static final MessageDigest MD5 = digest("MD5");
    private static final MessageDigest SHA256 = digest("SHA-256");

    private final ExpectedDigests expected;
    private final Md5Crc64 always = new Md5Crc64();
    private final @Nullable MessageDigest sha256;

    public Digests(ExpectedDigests expected) {
        this.expected = expected;
        this.sha256 = expected.sha256() == null ? null : copy(SHA256);
    }

    public void update(byte[] bytes, int offset, int length) {
        always.update(bytes, offset, length);
        if (sha256 != null) {
            sha256.update(bytes, offset, length);
        }
    }

    /** The content with its digests, or the first digest that is not as expected. */
    public Body finish(long sizeBytes, byte[] inline, java.util.List<Piece> pieces) {
        byte[] actualMd5 = always.md5();
        byte[] expectedMd5 = expected.md5();
        if (expectedMd5 != null && !Arrays.equals(expectedMd5, actualMd5)) {
            return mismatch("md5", expectedMd5, actualMd5);
        }
        byte[] expectedSha256 = expected.sha256();
        if (sha256 != null && expectedSha256 != null) {
            byte[] actual = sha256.digest();
            if (!Arrays.equals(expectedSha256, actual)) {
                return mismatch("sha256", expectedSha256, actual);
            }
        }
        Long expectedCrc = expected.crc64();
        long actualCrc = always.crc64();
        if (expectedCrc != null && expectedCrc != actualCrc) {
            return new Body.DigestMismatch(
                    "crc64", Long.toUnsignedString(expectedCrc), Long.toUnsignedString(actualCrc));
        }
        return new Body.Content(sizeBytes, actualMd5, actualCrc, inline, pieces);
    }

    /** The MD5 of several MD5s one after another: the ETag of a multipart object. */
    public static byte[] md5(Iterable<byte[]> pieces) {
        MessageDigest digest = copy(MD5);
        pieces.forEach(digest::update);
        return digest.digest();
    }

    private static Body mismatch(String digest, byte[] expected, byte[] actual) {
        HexFormat hex = HexFormat.of();
        return new Body.DigestMismatch(digest, hex.formatHex(expected), hex.formatHex(actual));
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + name, e);
        }
    }

    /** A copy of a fresh digest: the look-up through the providers costs more than a small body. */
    private static MessageDigest copy(MessageDigest fresh) {
        try {
            return (MessageDigest) fresh.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's digests can be cloned", e);
        }
    }
}
