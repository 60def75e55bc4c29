package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.objects.DeleteOutcome;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.space.StoreException;

/** DELETE /bucket/key: 204 whether it was there or not. */
final class DeleteObject {
    private DeleteObject() {}

    static void run(Call call, ObjectRequest.DeleteObject request) {
        switch (call.store()
                .objects()
                .delete(request.bucket(), request.key(), request.conditions())) {
            case DeleteOutcome.Deleted(ObjectInfo info) -> call.exchange().status(204).send();
            case DeleteOutcome.Absent() -> call.exchange().status(204).send();
            case DeleteOutcome.PreconditionFailed(ObjectInfo current) ->
                    throw new GatewayException(ErrorCode.PRECONDITION_FAILED)
                            .with("Condition", "If-Match");
            case DeleteOutcome.Failed(StoreException failure) -> throw failure;
        }
    }
}
