package io.millrace.keyspace;

import org.jspecify.annotations.Nullable;

/** The key space could not do what was asked; {@link #code} says of which kind the failure is. */
public final class KeySpaceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** An argument is past a limit or malformed: the caller's mistake. */
        LIMIT,
        /** The engine is closed. */
        CLOSED,
        /** Too many commits wait; nothing was written, try later. */
        BUSY,
        /** Free space is below the reserve; nothing was written, deletes still work. */
        DISK_FULL,
        /**
         * An earlier write failed, so the engine acknowledges nothing more until it is reopened.
         */
        FAILED,
        /** Another process holds the directory. */
        LOCKED,
        /** The data has a format that this program doesn't know. */
        FORMAT,
        /** The engine or the connection to it failed while reading or opening. */
        UNAVAILABLE
    }

    private final Code code;

    public KeySpaceException(Code code, String message) {
        this(code, message, null);
    }

    public KeySpaceException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
