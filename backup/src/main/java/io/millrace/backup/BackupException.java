package io.millrace.backup;

import org.jspecify.annotations.Nullable;

/** A backup or a restore could not be done; {@link #code} says of which kind the failure is. */
public final class BackupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The kinds of failure. */
    public enum Code {
        /** The target or the source can't be read or written. */
        UNAVAILABLE,
        /** The target has no room left: nothing is half made. */
        FULL,
        /** Another backup of this server runs. */
        BUSY,
        /** The hold ended before the backup did: nothing was finished. */
        HOLD_LOST,
        /** The target has no backup, or not this one. */
        NOT_FOUND,
        /** Pieces are missing or are not what was written; the text names them. */
        DAMAGED,
        /** The key does not open this target, or one is needed. */
        KEY,
        /** The target holds something else, or a newer form. */
        FORMAT,
        /** What was asked for can't be done so; the text says how it can. */
        INVALID
    }

    private final Code code;

    public BackupException(Code code, String text) {
        this(code, text, null);
    }

    public BackupException(Code code, String text, @Nullable Throwable cause) {
        super(text, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
