package io.millrace.gateway.op;

import io.millrace.gateway.api.Dialect;
import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.ReadConditions;
import io.millrace.store.objects.WriteConditions;
import org.jspecify.annotations.Nullable;

/** Outcomes of the store that several operations refuse in the same words. */
final class Refusals {
    private Refusals() {}

    static GatewayException digest(String digest, String expected, String actual) {
        return new GatewayException(
                        ErrorCode.BAD_DIGEST,
                        "The "
                                + digest
                                + " that you sent does not match what arrived; send the body"
                                + " again.")
                .with("ExpectedDigest", expected)
                .with("CalculatedDigest", actual);
    }

    static GatewayException tooLarge(long limit) {
        return new GatewayException(ErrorCode.ENTITY_TOO_LARGE)
                .with("MaxSizeAllowed", Long.toString(limit));
    }

    static GatewayException incomplete(long expected, long received) {
        return new GatewayException(ErrorCode.INCOMPLETE_BODY)
                .with("Expected", Long.toString(expected))
                .with("Received", Long.toString(received));
    }

    /** A write whose conditions did not hold. */
    static GatewayException precondition(
            Call call, String key, WriteConditions conditions, @Nullable ObjectInfo current) {
        if (conditions.ifMatch() != null && current == null && call.dialect() == Dialect.S3) {
            return Existing.noSuchKey(key);
        }
        if (conditions.ifAbsent() && current != null) {
            return new GatewayException(ErrorCode.FILE_EXISTS).with("Condition", "If-None-Match");
        }
        return new GatewayException(ErrorCode.PRECONDITION_FAILED).with("Condition", "If-Match");
    }

    /** A copy whose source does not meet its conditions. */
    static GatewayException source(Call call, ReadConditions.Verdict verdict) {
        boolean notModified =
                verdict == ReadConditions.Verdict.NOT_MODIFIED && call.dialect() == Dialect.OSS;
        return new GatewayException(
                notModified ? ErrorCode.NOT_MODIFIED : ErrorCode.PRECONDITION_FAILED);
    }
}
