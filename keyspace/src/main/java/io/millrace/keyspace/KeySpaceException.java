package io.millrace.keyspace;

import io.millrace.kit.Damage;
import java.util.List;
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
        UNAVAILABLE,
        /** The bytes on the disk are not those that were written; {@link #damages} says where. */
        CORRUPT
    }

    private final Code code;
    private final transient List<Damage> damages;

    public KeySpaceException(Code code, String message) {
        this(code, message, null);
    }

    public KeySpaceException(Code code, String message, @Nullable Throwable cause) {
        this(code, message, List.of(), cause);
    }

    private KeySpaceException(
            Code code, String message, List<Damage> damages, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.damages = List.copyOf(damages);
    }

    /** Some files are damaged; at least one. */
    static KeySpaceException damaged(List<Damage> damages, @Nullable Throwable cause) {
        String more = damages.size() > 1 ? " (and " + (damages.size() - 1) + " more places)" : "";
        return new KeySpaceException(
                Code.CORRUPT,
                "the key space is damaged: " + damages.getFirst() + more,
                damages,
                cause);
    }

    public Code code() {
        return code;
    }

    /** The damaged places, as far as they are known; empty for other codes than CORRUPT. */
    public List<Damage> damages() {
        return damages;
    }
}
