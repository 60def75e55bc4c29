package io.millrace.store.uploads;

import io.millrace.store.buckets.Bucket;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An upload as requests name it. The id's text is 32 hexadecimal digits: the number, then eight
 * random bytes, so that nobody guesses another's.
 */
public record UploadKey(Bucket bucket, String keyText, byte[] key, byte[] id) {
    public static final int ID_BYTES = 16;

    static byte[] newId(long number, byte[] random) {
        return ByteBuffer.allocate(ID_BYTES).putLong(number).put(random, 0, 8).array();
    }

    static String text(byte[] id) {
        return HexFormat.of().formatHex(id);
    }

    /** Empty when the text can't be an upload's id. */
    static Optional<UploadKey> of(Bucket bucket, String keyText, String uploadId) {
        return id(uploadId)
                .map(id -> new UploadKey(bucket, keyText, StoreKeys.keyBytes(keyText), id));
    }

    /** Empty when the text can't be an upload's id. */
    static Optional<byte[]> id(String text) {
        if (text.length() != ID_BYTES * 2) {
            return Optional.empty();
        }
        try {
            return Optional.of(HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    long number() {
        return ByteBuffer.wrap(id).getLong();
    }

    byte[] rowKey() {
        return StoreKeys.upload(bucket.id(), key, id);
    }

    String idText() {
        return text(id);
    }
}
