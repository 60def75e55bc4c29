package io.millrace.gateway.op;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.gateway.parse.Conditions;
import io.millrace.kit.http.ByteRange;
import io.millrace.kit.http.HttpDate;
import io.millrace.store.objects.ReadConditions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a stored object, or an answer made from one, is told apart by: conditions and ranges are
 * judged by it alike (RFC 9110, sections 13 and 14).
 *
 * @param etag without quotes
 */
record Validators(String etag, Instant lastModified) {

    /** Answers 304 or 412 where the conditions say so. */
    void judge(Call call, ReadConditions conditions) {
        switch (conditions.judge(etag, lastModified)) {
            case MET -> {}
            case NOT_MODIFIED ->
                    throw new GatewayException(ErrorCode.NOT_MODIFIED)
                            .withHeader("ETag", call.answers().etag(etag))
                            .withHeader("Last-Modified", HttpDate.format(lastModified));
            case FAILED ->
                    throw new GatewayException(ErrorCode.PRECONDITION_FAILED)
                            .with(
                                    "Condition",
                                    conditions.ifMatch() != null
                                            ? "If-Match"
                                            : "If-Unmodified-Since");
        }
    }

    /**
     * What of {@code sizeBytes} is asked for.
     *
     * @param strict whether a range past the end is 416 and not the whole
     */
    ByteRange.Selection select(
            @Nullable String range, @Nullable String ifRange, boolean strict, long sizeBytes) {
        if (ifRange != null && !unchanged(ifRange)) {
            return new ByteRange.Whole();
        }
        ByteRange.Selection selection = ByteRange.select(range, sizeBytes);
        if (!(selection instanceof ByteRange.Unsatisfiable)) {
            return selection;
        }
        if (!strict) {
            return new ByteRange.Whole();
        }
        throw new GatewayException(ErrorCode.INVALID_RANGE)
                .with("RangeRequested", String.valueOf(range))
                .with("ActualObjectSize", Long.toString(sizeBytes))
                .withHeader("Content-Range", "bytes */" + sizeBytes);
    }

    private boolean unchanged(String ifRange) {
        Instant time = HttpDate.parse(ifRange).orElse(null);
        return time != null
                ? lastModified.truncatedTo(ChronoUnit.SECONDS).equals(time)
                : Conditions.etag(ifRange).equals(etag);
    }
}
