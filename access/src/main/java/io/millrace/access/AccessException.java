package io.millrace.access;

/** Access cannot work as asked; the message is public text that says what to do. */
public final class AccessException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure. */
    public enum Code {
        /** The master key file is gone while data encrypted with it exists. */
        MASTER_KEY_LOST,
        /** The master key file holds another key than the one that the data was encrypted with. */
        MASTER_KEY_WRONG,
        /** The master key file cannot be read, or others may read it. */
        MASTER_KEY_FILE,
        /** The key space answered neither yes nor no, or a record does not decode. */
        STORAGE,
        /** A service account that does not exist. */
        UNKNOWN_SERVICE
    }

    private final Code code;

    public AccessException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public AccessException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
