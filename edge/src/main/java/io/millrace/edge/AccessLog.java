package io.millrace.edge;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line for each answered request, in the logger {@value #LOGGER}. The query stays out: it
 * can hold proofs. The logger's appender is to be an asynchronous one.
 */
final class AccessLog {
    static final String LOGGER = "millrace.edge.access";
    private static final int MOST_PATH = 2048;

    private final Logger logger = LoggerFactory.getLogger(LOGGER);

    /**
     * @param status 0 when the viewer left before an answer began
     */
    void write(Exchange exchange, int status, long sentBytes, Outcome outcome, long nanos) {
        if (!logger.isInfoEnabled()) {
            return;
        }
        StringBuilder line = new StringBuilder(256);
        line.append("{\"from\":\"").append(exchange.viewer().address()).append("\",\"host\":");
        quote(line, exchange.head().target().host());
        line.append(",\"method\":");
        quote(line, exchange.head().method());
        line.append(",\"path\":");
        String path = exchange.head().target().path();
        quote(line, path.length() <= MOST_PATH ? path : path.substring(0, MOST_PATH));
        line.append(",\"status\":").append(status);
        line.append(",\"sent\":").append(sentBytes);
        line.append(",\"cache\":\"").append(outcome.word());
        line.append("\",\"micros\":").append(nanos / 1000).append('}');
        logger.info(line.toString());
    }

    private static void quote(StringBuilder line, String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                line.append("\\u%04x".formatted((int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
