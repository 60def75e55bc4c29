package io.millrace.gateway;

import io.millrace.kit.http.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line for each request. The query stays out: it can hold signatures and tokens. The
 * logger's appender is to be an asynchronous one.
 */
final class AccessLog {
    private static final int MAX_PATH = 2048;

    private final Logger logger = LoggerFactory.getLogger(Gateway.ACCESS_LOG);
    private final boolean enabled;

    AccessLog(boolean enabled) {
        this.enabled = enabled;
    }

    void write(Exchange exchange, Gateway.Trace trace, int status, long nanos) {
        if (!enabled || !logger.isInfoEnabled()) {
            return;
        }
        StringBuilder line = new StringBuilder(256);
        line.append("{\"id\":\"").append(exchange.requestId()).append("\",\"from\":\"");
        line.append(exchange.remoteAddress()).append("\",\"caller\":");
        quote(line, trace.caller);
        line.append(",\"operation\":\"").append(trace.operation);
        line.append("\",\"dialect\":\"").append(trace.dialect).append("\",\"method\":");
        quote(line, exchange.method());
        line.append(",\"path\":");
        String path = exchange.rawPath();
        quote(line, path.length() <= MAX_PATH ? path : path.substring(0, MAX_PATH));
        line.append(",\"status\":").append(status);
        line.append(",\"received\":").append(Math.max(0, exchange.contentLength()));
        line.append(",\"sent\":").append(exchange.bytesSent());
        line.append(",\"micros\":").append(nanos / 1000).append('}');
        logger.info(line.toString());
    }

    private static void quote(StringBuilder line, String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' ') {
                line.append("\\u00").append(c < 16 ? "0" : "").append(Integer.toHexString(c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
