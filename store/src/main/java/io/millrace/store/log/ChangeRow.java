package io.millrace.store.log;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A change's record in the log; its stamp is in the key. Lengths are stored plus one. */
public record ChangeRow(
        long bucketId,
        byte[] key,
        long versionId,
        long incarnation,
        ChangeKind kind,
        long oldLength,
        long newLength,
        long timeMillis) {
    static final int FORMAT = 1;

    public byte[] encode() {
        Out out = new Out(48 + key.length).u8(FORMAT).u8(kind.code);
        out.varint(bucketId).varint(versionId).varint(incarnation);
        out.varint(oldLength + 1).varint(newLength + 1).varint(timeMillis);
        return out.raw(key).done();
    }

    public static ChangeRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "a change");
        ChangeKind kind = kind(in.u8());
        long bucketId = in.varint();
        long versionId = in.varint();
        long incarnation = in.varint();
        long oldLength = in.varint() - 1;
        long newLength = in.varint() - 1;
        long time = in.varint();
        return new ChangeRow(
                bucketId, in.rest(), versionId, incarnation, kind, oldLength, newLength, time);
    }

    private static ChangeKind kind(int code) {
        return switch (code) {
            case 0 -> ChangeKind.PUT;
            case 1 -> ChangeKind.APPEND;
            case 2 -> ChangeKind.SEAL;
            case 3 -> ChangeKind.DELETE;
            case 4 -> ChangeKind.META;
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "a change has the kind " + code);
        };
    }

    public Change change(int shard, long stamp) {
        return new Change(
                shard,
                stamp,
                bucketId,
                new String(key, StandardCharsets.UTF_8),
                versionId,
                incarnation,
                kind,
                oldLength,
                newLength,
                Instant.ofEpochMilli(timeMillis));
    }
}
