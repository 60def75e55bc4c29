package io.millrace.gateway.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused or has failed. The dialect writes it as its own error body; the message
 * is public text that says what to do.
 */
public final class GatewayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, String> fields = new LinkedHashMap<>();
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    public GatewayException(ErrorCode code) {
        this(code, code.message(), null);
    }

    public GatewayException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public GatewayException(ErrorCode code, String message, @Nullable Throwable cause) {
        // Refusals are frequent and expected: without a stack trace they cost next to nothing.
        super(message, cause, false, cause != null);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** Public text; never null. */
    public String text() {
        String message = getMessage();
        return message == null ? code.message() : message;
    }

    /** Adds an element to the error body, such as {@code StringToSign}. */
    public GatewayException with(String element, String value) {
        fields.put(element, value);
        return this;
    }

    /** Adds a header to the error answer. */
    public GatewayException withHeader(String name, String value) {
        headers.put(name, value);
        return this;
    }

    public Map<String, String> fields() {
        return fields;
    }

    public Map<String, String> headers() {
        return headers;
    }
}
