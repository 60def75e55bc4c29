package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.store.uploads.PartInfo;
import io.millrace.store.uploads.PartOutcome;
import java.io.IOException;

/** PUT /bucket/key?partNumber&uploadId. */
final class UploadPart {
    private UploadPart() {}

    static void run(Call call, ObjectRequest.UploadPart request) throws IOException {
        PartOutcome outcome =
                call.store()
                        .uploads()
                        .uploadPart(
                                new io.millrace.store.uploads.UploadPart(
                                        request.bucket(),
                                        request.key(),
                                        request.uploadId(),
                                        request.number(),
                                        call.bodyLength(),
                                        call.digests(),
                                        call::checksums),
                                call.body());
        PartInfo part = stored(call, request.uploadId(), outcome);
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", call.answers().etag(part.etag()));
        if (call.dialect() == Dialect.OSS) {
            exchange.setHeader("x-oss-hash-crc64ecma", Long.toUnsignedString(part.crc64()));
        }
        call.echoChecksums();
        call.echoMd5(part.etag());
        exchange.send();
    }

    /** The part that was stored, or the refusal; also for a part copy. */
    static PartInfo stored(Call call, String uploadId, PartOutcome outcome) {
        return switch (outcome) {
            case PartOutcome.Stored(PartInfo part) -> part;
            case PartOutcome.NoSuchUpload() -> throw noSuchUpload(uploadId);
            case PartOutcome.DigestMismatch(String digest, String expected, String actual) ->
                    throw Refusals.digest(digest, expected, actual);
            case PartOutcome.TooLarge(long limit) -> throw Refusals.tooLarge(limit);
            case PartOutcome.IncompleteBody(long expected, long received) ->
                    throw Refusals.incomplete(expected, received);
            case PartOutcome.NoSuchSource() -> throw new GatewayException(ErrorCode.NO_SUCH_KEY);
            case PartOutcome.SourceConditionFailed(var verdict) ->
                    throw Refusals.source(call, verdict);
            case PartOutcome.InvalidRange(long sourceBytes) ->
                    throw new GatewayException(
                                    ErrorCode.INVALID_RANGE,
                                    "The source range ends past the source.")
                            .with("ActualObjectSize", Long.toString(sourceBytes));
        };
    }

    static GatewayException noSuchUpload(String uploadId) {
        return new GatewayException(ErrorCode.NO_SUCH_UPLOAD).with("UploadId", uploadId);
    }
}
