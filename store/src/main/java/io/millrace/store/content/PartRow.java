package io.millrace.store.content;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;
import java.util.HexFormat;
import java.util.List;

/**
 * A part's record.
 *
 * @param partId unique to this upload of the part; it owns the extents
 * @param inline the bytes when there are no pieces
 */
public record PartRow(
        long partId,
        long sizeBytes,
        byte[] md5,
        long crc64,
        long modifiedMillis,
        byte[] inline,
        List<Piece> pieces) {
    static final int FORMAT = 2;

    public PartRow {
        pieces = List.copyOf(pieces);
    }

    public PartRow with(List<Piece> other) {
        return new PartRow(partId, sizeBytes, md5, crc64, modifiedMillis, inline, other);
    }

    public String etag() {
        return HexFormat.of().formatHex(md5);
    }

    public byte[] encode() {
        Out out = new Out(96 + inline.length).u8(FORMAT).varint(partId).varint(sizeBytes);
        out.bytes(md5).u64(crc64).varint(modifiedMillis);
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
        List<Piece> pieces = Piece.read(in);
        return new PartRow(partId, size, md5, crc64, modified, in.rest(), pieces);
    }
}
