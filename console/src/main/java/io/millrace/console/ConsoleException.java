package io.millrace.console;

import org.jspecify.annotations.Nullable;

/** A failure of the console; expected results are values instead. */
public final class ConsoleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Code {
        /** The page is not in the jar: the web build was skipped. */
        NO_WEB,
        /** The key space answered neither yes nor no. */
        KEYSPACE,
        /** A stored setting is damaged or from a newer version. */
        FORMAT
    }

    private final Code code;

    public ConsoleException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
