package io.millrace.kit.http;

import io.netty.util.AttributeKey;
import io.vertx.core.Context;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection whose client may still be sending. Closing at once would make the kernel
 * answer those bytes with a reset, which can destroy our answer before the client has read it; so
 * what comes is read and dropped for a while first.
 */
final class Lingering {
    private static final long LIMIT_MILLIS = TimeUnit.SECONDS.toMillis(5);
    private static final long LIMIT_BYTES = 64L << 20;

    private static final AttributeKey<Boolean> SAID = AttributeKey.valueOf("millrace.last");

    private Lingering() {}

    /** Before an answer that says so: this connection takes no further request. */
    static void say(HttpConnection connection) {
        ((ConnectionBase) connection).channel().attr(SAID).set(true);
    }

    /** Whether an answer has said that the connection ends. */
    static boolean said(HttpConnection connection) {
        return ((ConnectionBase) connection).channel().hasAttr(SAID);
    }

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
