package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.api.ObjectRequest;
import io.millrace.store.buckets.DeleteBucketOutcome;

/** DELETE /bucket, which must be empty. */
final class DeleteBucket {
    private DeleteBucket() {}

    static void run(Call call, ObjectRequest.DeleteBucket request) {
        switch (call.store().buckets().delete(request.bucket())) {
            case DeleteBucketOutcome.Deleted() -> call.exchange().status(204).send();
            case DeleteBucketOutcome.NotEmpty(String what) ->
                    throw new GatewayException(
                                    ErrorCode.BUCKET_NOT_EMPTY,
                                    ErrorCode.BUCKET_NOT_EMPTY.message()
                                            + " It still holds "
                                            + what
                                            + ".")
                            .with("BucketName", request.bucket());
            case DeleteBucketOutcome.NoSuchBucket() ->
                    throw new GatewayException(ErrorCode.NO_SUCH_BUCKET)
                            .with("BucketName", request.bucket());
        }
    }
}
