package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.objects.CopyOutcome;
import io.millrace.store.objects.ObjectInfo;

/** PUT /bucket/key with a copy source: both ends are authorised, no byte is copied. */
final class CopyObject {
    private CopyObject() {}

    static void run(Call call, ObjectRequest.CopyObject request) {
        call.guard().require("oss:GetObject", request.sourceBucket(), request.sourceKey());
        CopyOutcome outcome =
                call.store()
                        .objects()
                        .copy(
                                new io.millrace.store.objects.CopyObject(
                                        request.sourceBucket(),
                                        request.sourceKey(),
                                        request.bucket(),
                                        request.key(),
                                        request.replace(),
                                        request.sourceConditions(),
                                        request.conditions()));
        switch (outcome) {
            case CopyOutcome.Copied(ObjectInfo info) -> {
                if (call.dialect() == Dialect.OSS) {
                    call.exchange().setHeader("x-oss-hash-crc64ecma", info.crc64Text());
                }
                call.sendXml(call.answers().copied(info));
            }
            case CopyOutcome.NoSuchSource() -> throw Existing.noSuchKey(request.sourceKey());
            case CopyOutcome.SourceConditionFailed(var verdict) ->
                    throw Refusals.source(call, verdict);
            case CopyOutcome.PreconditionFailed(ObjectInfo current) ->
                    throw Refusals.precondition(call, request.key(), request.conditions(), current);
        }
    }
}
