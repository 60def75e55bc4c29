package io.millrace.formats;

/** Bytes that break their format's rules or this parser's bounds; the message says which. */
public final class FormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Why the bytes were refused. */
    public enum Code {
        /** The bytes contradict the format. */
        MALFORMED,
        /** They end too early. */
        TRUNCATED,
        /** Well-formed perhaps, but beyond a bound. */
        TOO_LARGE,
        /** Well-formed, but nothing here speaks it. */
        UNSUPPORTED
    }

    private final Code code;

    public FormatException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    public static FormatException malformed(String message) {
        return new FormatException(Code.MALFORMED, message);
    }

    public static FormatException truncated(String what) {
        return new FormatException(Code.TRUNCATED, what + " ends too early");
    }

    public static FormatException tooLarge(String message) {
        return new FormatException(Code.TOO_LARGE, message);
    }

    public static FormatException unsupported(String message) {
        return new FormatException(Code.UNSUPPORTED, message);
    }
}
