package io.millrace.store.uploads;

import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectRow;
import io.millrace.store.space.In;
import io.millrace.store.space.Out;

/**
 * An upload's record.
 *
 * @param number the content id of what it will make, and the parts' key
 * @param completionId 0 while open; else the attempt to complete it that holds it, so that no part
 *     changes under the attempt
 */
public record UploadRow(
        long number,
        long initiatedMillis,
        ObjectMetadata metadata,
        long completionId,
        long completingSinceMillis) {
    static final int FORMAT = 1;

    UploadRow completing(long id, long sinceMillis) {
        return new UploadRow(number, initiatedMillis, metadata, id, sinceMillis);
    }

    UploadRow open() {
        return new UploadRow(number, initiatedMillis, metadata, 0, 0);
    }

    public byte[] encode() {
        Out out = new Out(64).u8(FORMAT).varint(number).varint(initiatedMillis);
        out.varint(completionId).varint(completingSinceMillis);
        ObjectRow.writeMetadata(out, metadata);
        return out.done();
    }

    public static UploadRow decode(byte[] bytes) {
        In in = In.record(bytes, FORMAT, "an upload");
        long number = in.varint();
        long initiated = in.varint();
        long completionId = in.varint();
        long since = in.varint();
        return new UploadRow(number, initiated, ObjectRow.readMetadata(in), completionId, since);
    }
}
