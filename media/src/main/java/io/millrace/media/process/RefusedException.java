package io.millrace.media.process;

/**
 * A process that can't be done, in the words of the OSS API; turned into an answer at the module's
 * door.
 */
public final class RefusedException extends RuntimeException {
    private final int status;
    private final String code;
    private final String detail;

    /**
     * {@code status} is the HTTP status, {@code code} the OSS error code, {@code message} what the
     * caller reads.
     */
    public RefusedException(int status, String code, String message) {
        this(status, code, message, "");
    }

    private RefusedException(int status, String code, String message, String detail) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.detail = detail;
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    /** The message, never null. */
    public String text() {
        String message = getMessage();
        return message == null ? code : message;
    }

    /** The engine's own words, for the log alone; empty when there are none. */
    public String detail() {
        return detail;
    }

    /** The same with what an engine said of it, which callers never see: it may name paths. */
    public RefusedException because(String words) {
        return new RefusedException(status, code, text(), words.replaceAll("\\p{Cntrl}+", "; "));
    }

    /** A parameter whose value is out of its range or of the wrong kind. */
    public static RefusedException badValue(String operation, String parameter, String value) {
        return new RefusedException(
                400,
                "InvalidArgument",
                "The value: "
                        + value
                        + " of parameter: "
                        + parameter
                        + " is invalid for "
                        + operation
                        + ".");
    }

    public static RefusedException invalid(String message) {
        return new RefusedException(400, "InvalidArgument", message);
    }

    public static RefusedException badRequest(String message) {
        return new RefusedException(400, "BadRequest", message);
    }

    public static RefusedException tooLarge(String message) {
        return new RefusedException(400, "ImageTooLarge", message);
    }

    public static RefusedException missing(String message) {
        return new RefusedException(400, "MissingArgument", message);
    }
}
