package io.millrace.store.content;

import io.millrace.kit.ChecksumAlgorithm;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import io.millrace.store.space.StoreException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A part's record.
 *
 * @param partId unique to this upload of the part; it owns the extents
 * @param inline the bytes when there are no pieces
 * @param checksums those that the part was sent with
 */
public record PartRow(
        long partId,
        long sizeBytes,
        byte[] md5,
        long crc64,
        long modifiedMillis,
        byte[] inline,
        List<Piece> pieces,
        Map<ChecksumAlgorithm, byte[]> checksums) {
    static final int FORMAT = 3;

    /** What a part without checksums is written in: what version 2 knew is written as it did. */
    private static final int WITHOUT_CHECKSUMS = 2;

    public PartRow {
        pieces = List.copyOf(pieces);
        checksums = Map.copyOf(checksums);
    }

    /** One that was sent without checksums. */
    public PartRow(
            long partId,
            long sizeBytes,
            byte[] md5,
            long crc64,
            long modifiedMillis,
            byte[] inline,
            List<Piece> pieces) {
        this(partId, sizeBytes, md5, crc64, modifiedMillis, inline, pieces, Map.of());
    }

    public PartRow with(List<Piece> other) {
        return new PartRow(partId, sizeBytes, md5, crc64, modifiedMillis, inline, other, checksums);
    }

    public String etag() {
        return HexFormat.of().formatHex(md5);
    }

    public byte[] encode() {
        int format = checksums.isEmpty() ? WITHOUT_CHECKSUMS : FORMAT;
        Out out = new Out(96 + inline.length).u8(format).varint(partId).varint(sizeBytes);
        out.bytes(md5).u64(crc64).varint(modifiedMillis);
        if (format > WITHOUT_CHECKSUMS) {
            out.varint(checksums.size());
            for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
                byte[] checksum = checksums.get(algorithm);
                if (checksum != null) {
                    out.u8(algorithm.code()).bytes(checksum);
                }
            }
        }
        Piece.write(out, pieces);
        return out.raw(inline).done();
    }

    public static PartRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "a part");
        long partId = in.varint();
        long size = in.varint();
        byte[] md5 = in.bytes();
        long crc64 = in.u64();
        long modified = in.varint();
        Map<ChecksumAlgorithm, byte[]> checksums = checksums(in);
        List<Piece> pieces = Piece.read(in);
        return new PartRow(partId, size, md5, crc64, modified, in.rest(), pieces, checksums);
    }

    private static Map<ChecksumAlgorithm, byte[]> checksums(In in) {
        if (in.version() <= WITHOUT_CHECKSUMS) {
            return Map.of();
        }
        Map<ChecksumAlgorithm, byte[]> checksums = new EnumMap<>(ChecksumAlgorithm.class);
        int count = in.count();
        for (int i = 0; i < count; i++) {
            ChecksumAlgorithm algorithm = algorithm(in.u8());
            byte[] checksum = in.bytes();
            if (checksum.length != algorithm.bytes()
                    || checksums.put(algorithm, checksum) != null) {
                throw corrupt("a checksum of a part makes no sense");
            }
        }
        return checksums;
    }

    private static ChecksumAlgorithm algorithm(int code) {
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            if (algorithm.code() == code) {
                return algorithm;
            }
        }
        throw corrupt("a part has a checksum of the unknown kind " + code);
    }

    private static StoreException corrupt(String what) {
        return new StoreException(StoreException.Code.CORRUPT, what);
    }
}
