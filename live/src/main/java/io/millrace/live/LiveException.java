package io.millrace.live;

import org.jspecify.annotations.Nullable;

/** A failure of the live doors; expected results are values instead. */
public final class LiveException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What failed. */
    public enum Code {
        /** A door's port is taken or may not be opened. */
        DOOR,
        /** The key space answered neither yes nor no. */
        KEYSPACE,
        /** The spool can't be read or written. */
        SPOOL,
        /** The store refused bytes that it should have taken. */
        STORE,
        /** A record on disk is from a newer version. */
        FORMAT,
        /** What is written to was removed meanwhile. */
        GONE
    }

    private final Code code;

    public LiveException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
