package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.live.camera.CaptureTime;
import io.millrace.store.objects.AppendOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.Objects;
import java.io.IOException;
import java.util.Optional;

/**
 * POST /bucket/key?append&position=N, and S3's PUT with x-amz-write-offset-bytes. A client whose
 * answer got lost sends the same again and learns from the conflict whether its bytes are in.
 */
final class AppendObject {
    private AppendObject() {}

    static void run(Call call, ObjectRequest.AppendObject request) throws IOException {
        append(call, request.bucket(), request.key(), request.position(), request.metadata());
    }

    static void s3(Call call, ObjectRequest.PutObject request) throws IOException {
        append(call, request.bucket(), request.key(), request.append(), request.metadata());
    }

    private static void append(
            Call call, String bucket, String key, long position, ObjectMetadata metadata)
            throws IOException {
        checkCaptureTime(call, bucket, key, metadata);
        var append =
                new io.millrace.store.objects.AppendObject(
                        bucket, key, position, call.bodyLength(), metadata, call.digests());
        Objects objects = call.store().objects();
        byte[] whole = call.wholeBody();
        AppendOutcome outcome =
                whole != null ? objects.append(append, whole) : objects.append(append, call.body());
        switch (outcome) {
            case AppendOutcome.Appended(long next, long crc64, ObjectInfo info) ->
                    appended(call, next, crc64, info);
            case AppendOutcome.PositionMismatch(long next, long crc64) ->
                    throw position(call, next, crc64);
            case AppendOutcome.NotAppendable() ->
                    throw new GatewayException(ErrorCode.NOT_APPENDABLE);
            case AppendOutcome.Sealed(ObjectInfo info) ->
                    throw new GatewayException(ErrorCode.OBJECT_SEALED);
            case AppendOutcome.TooLarge(long limit) -> throw Refusals.tooLarge(limit);
            case AppendOutcome.DigestMismatch(String digest, String expected, String actual) ->
                    throw Refusals.digest(digest, expected, actual);
            case AppendOutcome.IncompleteBody(long expected, long received) ->
                    throw Refusals.incomplete(expected, received);
        }
    }

    /** What a camera says of an object's time is right from the first byte on, or refused. */
    private static void checkCaptureTime(
            Call call, String bucket, String key, ObjectMetadata metadata) {
        String time = metadata.userMetadata().get(CaptureTime.NAME);
        Services services = call.services();
        if (time == null || services.access().devices().owner(bucket, key).isEmpty()) {
            return;
        }
        Optional<String> wrong = CaptureTime.wrong(time, services.clock().instant());
        if (wrong.isPresent()) {
            throw new GatewayException(ErrorCode.INVALID_ARGUMENT, wrong.get());
        }
    }

    private static void appended(Call call, long next, long crc64, ObjectInfo info) {
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", call.answers().etag(info.etag()));
        if (call.dialect() == Dialect.OSS) {
            String md5 = exchange.header("Content-MD5");
            if (md5 != null) {
                // It held, else nothing would have been appended.
                exchange.setHeader("Content-MD5", md5.strip());
            }
            exchange.setHeader("x-oss-next-append-position", Long.toString(next));
            exchange.setHeader("x-oss-hash-crc64ecma", Long.toUnsignedString(crc64));
        } else {
            call.echoChecksums();
            exchange.setHeader("x-amz-object-size", Long.toString(next));
        }
        exchange.send();
    }

    static GatewayException position(Call call, long next, long crc64) {
        GatewayException failure = new GatewayException(ErrorCode.POSITION_MISMATCH);
        if (call.dialect() == Dialect.OSS) {
            failure.withHeader("x-oss-next-append-position", Long.toString(next))
                    .withHeader("x-oss-hash-crc64ecma", Long.toUnsignedString(crc64));
        } else {
            failure.withHeader("x-amz-object-size", Long.toString(next));
        }
        return failure;
    }
}
