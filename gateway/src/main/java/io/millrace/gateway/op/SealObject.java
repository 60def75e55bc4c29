package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.kit.http.Exchange;
import io.millrace.kit.http.HttpDate;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.SealOutcome;

/** POST /bucket/key?seal&position=N: an appendable object stops growing. */
final class SealObject {
    private SealObject() {}

    static void run(Call call, ObjectRequest.SealObject request) {
        SealOutcome outcome =
                call.store().objects().seal(request.bucket(), request.key(), request.position());
        switch (outcome) {
            case SealOutcome.Sealed(ObjectInfo info) -> {
                Exchange exchange = call.exchange();
                exchange.setHeader("ETag", call.answers().etag(info.etag()));
                exchange.setHeader("x-oss-next-append-position", Long.toString(info.sizeBytes()));
                var sealed = info.sealedTime();
                if (sealed != null) {
                    exchange.setHeader("x-oss-sealed-time", HttpDate.format(sealed));
                }
                exchange.send();
            }
            case SealOutcome.PositionMismatch(long next, long crc64) ->
                    throw AppendObject.position(call, next, crc64);
            case SealOutcome.NotAppendable() ->
                    throw new GatewayException(ErrorCode.NOT_APPENDABLE);
            case SealOutcome.NoSuchKey() -> throw Existing.noSuchKey(request.key());
        }
    }
}
