package io.millrace.edge;

import org.jspecify.annotations.Nullable;

/** The edge could not start or its cache directory failed. */
public final class EdgeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Code {
        PORT_TAKEN,
        DIRECTORY,
        CERTIFICATE
    }

    private final Code code;

    public EdgeException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
