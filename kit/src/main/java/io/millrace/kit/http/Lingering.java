package io.millrace.kit.http;

import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose client may still be sending. Closing at once would make the kernel
 * answer those bytes with a reset, which can destroy our answer before the client has read it; so
 * what comes is read and dropped for a while first.
 */
final class Lingering {
    private static final long LIMIT_MILLIS = TimeUnit.SECONDS.toMillis(5);
    private static final long LIMIT_BYTES = 64L << 20;

    private Lingering() {}

    /** On the event loop, after the answer. */
    static void close(HttpServerRequest request, Context context) {
        var connection = request.connection();
        if (request.isEnded()) {
            connection.close();
            return;
        }
        long timer = context.owner().setTimer(LIMIT_MILLIS, ignored -> connection.close());
        long[] dropped = {0};
        request.handler(
                chunk -> {
                    dropped[0] += chunk.length();
                    if (dropped[0] > LIMIT_BYTES) {
                        connection.close();
                    }
                });
        request.endHandler(
                ignored -> {
                    context.owner().cancelTimer(timer);
                    connection.close();
                });
        request.exceptionHandler(ignored -> context.owner().cancelTimer(timer));
        request.resume();
    }
}
