package io.millrace.store.scrub;

import io.millrace.keyspace.Keys;
import io.millrace.store.content.PartRow;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An object or a part of an open upload that needs an extent, and by what it is known again.
 *
 * @param rowKey the key of the object's or of the upload's record
 * @param part its number; 0 for an object
 * @param id the object's incarnation or the part's id: another one has other bytes
 */
record Name(byte[] rowKey, int part, long id) {
    private static final int BUCKET_OF_OBJECT_AT = 1;
    private static final int BUCKET_OF_UPLOAD_AT = 2;
    private static final int UPLOAD_ID_BYTES = 16;

    static Name object(byte[] rowKey, long incarnation) {
        return new Name(rowKey, 0, incarnation);
    }

    /** Whether it is still there and the same; a record that does not read may be. */
    boolean alive(Space space) {
        byte[] row = space.get(rowKey);
        return row != null && StoreException.readable(() -> isSame(row, space)).orElse(true);
    }

    private boolean isSame(byte[] row, Space space) {
        if (part == 0) {
            return ObjectRow.decode(row).incarnation() == id;
        }
        byte[] record = space.get(StoreKeys.part(upload(rowKey), part));
        return record != null && PartRow.decode(record).partId() == id;
    }

    static long upload(byte[] rowKey) {
        return ByteBuffer.wrap(rowKey).getLong(rowKey.length - UPLOAD_ID_BYTES);
    }

    String bucket(Space space) {
        int at = part == 0 ? BUCKET_OF_OBJECT_AT : BUCKET_OF_UPLOAD_AT;
        byte[] name = space.get(StoreKeys.bucketName(ByteBuffer.wrap(rowKey).getLong(at)));
        return name == null ? "?" : new String(name, StandardCharsets.UTF_8);
    }

    String key() {
        return part == 0
                ? StoreKeys.objectKey(rowKey)
                : new String(
                        Keys.read(rowKey, BUCKET_OF_UPLOAD_AT + Long.BYTES).bytes(),
                        StandardCharsets.UTF_8);
    }

    /** As people are told of it: its bucket and key, and whose part it is. */
    String told(Space space) {
        String of = part == 0 ? "" : " (part " + part + " of an open upload)";
        return bucket(space) + "/" + key() + of;
    }
}
