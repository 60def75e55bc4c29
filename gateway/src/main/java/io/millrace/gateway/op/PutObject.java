package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.Objects;
import io.millrace.store.objects.PutOutcome;
import java.io.IOException;

/** PUT /bucket/key: durable and visible before the answer. */
final class PutObject {
    private PutObject() {}

    static void run(Call call, ObjectRequest.PutObject request) throws IOException {
        if (request.append() >= 0) {
            AppendObject.s3(call, request);
            return;
        }
        var put =
                new io.millrace.store.objects.PutObject(
                        request.bucket(),
                        request.key(),
                        call.bodyLength(),
                        request.metadata(),
                        call.digests(),
                        request.conditions());
        Objects objects = call.store().objects();
        byte[] whole = call.wholeBody();
        PutOutcome outcome =
                whole != null ? objects.put(put, whole) : objects.put(put, call.body());
        stored(call, request.key(), put, outcome);
    }

    private static void stored(
            Call call, String key, io.millrace.store.objects.PutObject put, PutOutcome outcome) {
        switch (outcome) {
            case PutOutcome.Stored(ObjectInfo info) -> {
                call.echoChecksums();
                call.echoMd5(info.etag());
                written(call, info).send();
            }
            case PutOutcome.PreconditionFailed(ObjectInfo current) ->
                    throw Refusals.precondition(call, key, put.conditions(), current);
            case PutOutcome.DigestMismatch(String digest, String expected, String actual) ->
                    throw Refusals.digest(digest, expected, actual);
            case PutOutcome.TooLarge(long limit) -> throw Refusals.tooLarge(limit);
            case PutOutcome.IncompleteBody(long expected, long received) ->
                    throw Refusals.incomplete(expected, received);
        }
    }

    /** The headers that tell a writer what was stored. */
    static Exchange written(Call call, ObjectInfo info) {
        Exchange exchange = call.exchange();
        exchange.setHeader("ETag", call.answers().etag(info.etag()));
        if (call.dialect() == Dialect.OSS) {
            exchange.setHeader("x-oss-hash-crc64ecma", info.crc64Text());
        }
        return exchange;
    }
}
