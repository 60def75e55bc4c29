package io.millrace.gateway;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.http.DoorBusyException;
import io.millrace.signing.PayloadException;
import io.millrace.store.space.StoreException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** From what was thrown to what the client is told. */
final class Failures {
    private Failures() {}

    /** The refusal, or null when the client itself has gone. */
    static @Nullable GatewayException refusal(Throwable failure) {
        return switch (failure) {
            case GatewayException refused -> refused;
            case PayloadException payload -> payload(payload);
            case StoreException store -> store(store);
            case KeySpaceException keySpace -> keySpace(keySpace);
            case DoorBusyException busy -> slowDown();
            case IOException gone -> null;
            default -> new GatewayException(ErrorCode.INTERNAL);
        };
    }

    private static @Nullable GatewayException store(StoreException failure) {
        return switch (failure.code()) {
            case NO_SUCH_BUCKET -> new GatewayException(ErrorCode.NO_SUCH_BUCKET);
            case INVALID_ARGUMENT ->
                    new GatewayException(
                            ErrorCode.INVALID_ARGUMENT, String.valueOf(failure.getMessage()));
            case BODY_FAILED -> {
                Throwable cause = failure.getCause();
                yield cause == null ? null : refusal(cause);
            }
            case DISK_FULL ->
                    new GatewayException(ErrorCode.NO_SPACE, String.valueOf(failure.getMessage()));
            case EXTENT_ELSEWHERE ->
                    new GatewayException(
                            ErrorCode.EXTENT_STORE_UNAVAILABLE,
                            String.valueOf(failure.getMessage()));
            case BUSY, CLOSED -> slowDown();
            case UNAVAILABLE -> unavailable();
            case CORRUPT -> new GatewayException(ErrorCode.DATA_CORRUPTED);
            case COMMIT_UNKNOWN -> inDoubt();
            case STORAGE_FAILED, EXTENTS_REFUSED -> new GatewayException(ErrorCode.INTERNAL);
        };
    }

    /** What was asked of users, devices and playlists, which the store knows nothing of. */
    private static GatewayException keySpace(KeySpaceException failure) {
        return switch (failure.code()) {
            case BUSY, CLOSED -> slowDown();
            case UNAVAILABLE -> unavailable();
            case LIMIT, DISK_FULL, FAILED, LOCKED, FORMAT, CORRUPT ->
                    new GatewayException(ErrorCode.INTERNAL);
        };
    }

    private static GatewayException slowDown() {
        return new GatewayException(ErrorCode.SLOW_DOWN).withHeader("Retry-After", "1");
    }

    private static GatewayException unavailable() {
        return new GatewayException(ErrorCode.SERVICE_UNAVAILABLE).withHeader("Retry-After", "5");
    }

    /** Whoever sends it again finds out; an append that was made is told its next position. */
    private static GatewayException inDoubt() {
        return new GatewayException(
                        ErrorCode.SERVICE_UNAVAILABLE,
                        "The server can't say whether this change was made, for its database broke"
                                + " off in the midst of it; look, or send it again.")
                .withHeader("Retry-After", "5");
    }

    private static GatewayException payload(PayloadException failure) {
        ErrorCode code =
                switch (failure.code()) {
                    case CHUNK_SIGNATURE, TRAILER_SIGNATURE -> ErrorCode.CHUNK_SIGNATURE;
                    case CONTENT_SHA256 -> ErrorCode.CONTENT_SHA256_MISMATCH;
                    case CHECKSUM -> ErrorCode.BAD_DIGEST;
                    case MALFORMED_CHUNK -> ErrorCode.MALFORMED_TRAILER;
                    case INCOMPLETE -> ErrorCode.INCOMPLETE_BODY;
                };
        return new GatewayException(code, String.valueOf(failure.getMessage()));
    }
}
