package io.millrace.extents;

import org.jspecify.annotations.Nullable;

/**
 * The extent store could not do what was asked; {@link #code} says of which kind the failure is.
 */
public final class ExtentsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** An argument is past a limit: the caller's mistake. */
        LIMIT,
        /** The store is closed. */
        CLOSED,
        /** Too many appends wait; nothing was kept, try later. */
        BUSY,
        /** Free space is below the reserve; reads and deletes still work. */
        DISK_FULL,
        /** An earlier write or sync failed, so nothing more is acknowledged until a restart. */
        FAILED,
        /** The bytes on the disk are not those that were written. */
        CORRUPT,
        /** There is no such volume, or no extent at that place. */
        NOT_FOUND,
        /** The extent is another store's, which this one has no access to; others can be read. */
        ELSEWHERE,
        /** The directories are not those of one store; the text says why and what to do. */
        IDENTITY,
        /** Another process holds the directory. */
        LOCKED,
        /** A volume has a format that this program doesn't know. */
        FORMAT,
        /** The disk failed while reading or opening. */
        UNAVAILABLE
    }

    private final Code code;

    public ExtentsException(Code code, String message) {
        this(code, message, null);
    }

    public ExtentsException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
