package io.millrace.store.objects;

import io.millrace.store.content.Layout;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * An object's record in the key space.
 *
 * @param md5 16 bytes; empty for content that grew by appends
 * @param parts the number of parts in the ETag; 0 for an object that was put whole
 * @param sealedMillis 0 while not sealed
 */
public record ObjectRow(
        long versionId,
        long incarnation,
        ObjectType type,
        long sizeBytes,
        byte[] md5,
        int parts,
        long crc64,
        long modifiedMillis,
        long sealedMillis,
        ObjectMetadata metadata,
        Layout layout) {
    static final int FORMAT = 2;

    public ObjectRow with(Layout other) {
        return new ObjectRow(
                versionId,
                incarnation,
                type,
                sizeBytes,
                md5,
                parts,
                crc64,
                modifiedMillis,
                sealedMillis,
                metadata,
                other);
    }

    String etag() {
        if (md5.length == 0) {
            return String.format("%016x-a%x", crc64, sizeBytes);
        }
        String hex = HexFormat.of().formatHex(md5);
        return parts == 0 ? hex : hex + "-" + parts;
    }

    public ObjectInfo info(String bucket, String key) {
        return new ObjectInfo(
                bucket,
                key,
                sizeBytes,
                etag(),
                crc64,
                Instant.ofEpochMilli(modifiedMillis),
                metadata,
                type,
                sealedMillis == 0 ? null : Instant.ofEpochMilli(sealedMillis),
                versionId,
                incarnation);
    }

    public byte[] encode() {
        Out out = new Out(160);
        out.u8(FORMAT).u8(type.code);
        out.varint(versionId).varint(incarnation).varint(sizeBytes).u64(crc64);
        out.varint(modifiedMillis).varint(sealedMillis).bytes(md5).varint(parts);
        Layout.write(out, layout);
        writeMetadata(out, metadata);
        return out.done();
    }

    public static ObjectRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "an object");
        ObjectType type = type(in.u8());
        long versionId = in.varint();
        long incarnation = in.varint();
        long size = in.varint();
        long crc64 = in.u64();
        long modified = in.varint();
        long sealed = in.varint();
        byte[] md5 = in.bytes();
        int parts = (int) in.varint();
        Layout layout = Layout.read(in);
        return new ObjectRow(
                versionId,
                incarnation,
                type,
                size,
                md5,
                parts,
                crc64,
                modified,
                sealed,
                readMetadata(in),
                layout);
    }

    private static ObjectType type(int code) {
        return switch (code) {
            case 0 -> ObjectType.NORMAL;
            case 1 -> ObjectType.APPENDABLE;
            case 2 -> ObjectType.MULTIPART;
            default ->
                    throw new StoreException(
                            StoreException.Code.CORRUPT, "an object has the type " + code);
        };
    }

    public static void writeMetadata(Out out, ObjectMetadata metadata) {
        String contentType = metadata.contentType();
        if (contentType == null) {
            out.u8(0);
        } else {
            out.u8(1).text(contentType);
        }
        writeMap(out, metadata.headers());
        writeMap(out, metadata.userMetadata());
    }

    public static ObjectMetadata readMetadata(In in) {
        String contentType = in.u8() == 0 ? null : in.text();
        Map<String, String> headers = readMap(in);
        Map<String, String> user = readMap(in);
        return contentType == null && headers.isEmpty() && user.isEmpty()
                ? ObjectMetadata.NONE
                : new ObjectMetadata(contentType, headers, user);
    }

    /** Sorted, so that equal metadata has equal bytes. */
    private static void writeMap(Out out, Map<String, String> map) {
        out.varint(map.size());
        if (!map.isEmpty()) {
            new TreeMap<>(map).forEach((name, value) -> out.text(name).text(value));
        }
    }

    private static Map<String, String> readMap(In in) {
        int count = in.count();
        if (count == 0) {
            return Map.of();
        }
        Map<String, String> map = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            map.put(in.text(), in.text());
        }
        return map;
    }
}
