package io.millrace.work;

/** Leases, jobs or cursors could not do what was asked. */
public final class WorkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** An argument is past a limit: the caller's mistake. */
        LIMIT,
        /** A record has a version that this program doesn't know. */
        FORMAT,
        /** The key space could not say whether it took the change. */
        UNAVAILABLE,
        /** A lease is another node's now, or may be: nothing was written, the work ends here. */
        LOST
    }

    private final Code code;

    public WorkException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
