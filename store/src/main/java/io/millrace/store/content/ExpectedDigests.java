package io.millrace.store.content;

import io.millrace.store.space.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * What the client says that its bytes hash to; each null when not given.
 *
 * @param md5 16 bytes (Content-MD5)
 * @param crc64 CRC-64/ECMA-182 of these bytes alone
 * @param sha256 32 bytes
 */
public record ExpectedDigests(
        byte @Nullable [] md5, @Nullable Long crc64, byte @Nullable [] sha256) {
    public static final ExpectedDigests NONE = new ExpectedDigests(null, null, null);

    public ExpectedDigests {
        if (md5 != null && md5.length != 16) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT, "an MD5 digest has 16 bytes");
        }
        if (sha256 != null && sha256.length != 32) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT, "a SHA-256 digest has 32 bytes");
        }
    }

    public ExpectedDigests withMd5(byte[] digest) {
        return new ExpectedDigests(digest, crc64, sha256);
    }

    public ExpectedDigests withCrc64(long checksum) {
        return new ExpectedDigests(md5, checksum, sha256);
    }
}
