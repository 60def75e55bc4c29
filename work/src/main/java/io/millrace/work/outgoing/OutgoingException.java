package io.millrace.work.outgoing;

/** What the sender can't do; the message never holds a password or a path of an address. */
public final class OutgoingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of failure. */
    public enum Code {
        /** An address, a list or a size is not what it must be: the caller's mistake. */
        INVALID,
        /** The target's queue is full. */
        FULL,
        /** The target has no queue, or its name is unknown. */
        UNKNOWN,
        /** A record has a form that this program doesn't know. */
        FORMAT,
        /** The key space could not say whether it took the change. */
        UNAVAILABLE
    }

    private final Code code;

    public OutgoingException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
