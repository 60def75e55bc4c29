package io.millrace.console;

/** A request that is refused: the status, a code, what is wrong and what to do about it. */
final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final String hint;

    ApiError(int status, String code, String message, String hint) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.hint = hint;
    }

    static ApiError invalid(String message, String hint) {
        return new ApiError(400, "Invalid", message, hint);
    }

    static ApiError notFound(String message, String hint) {
        return new ApiError(404, "NotFound", message, hint);
    }

    static ApiError taken(String message, String hint) {
        return new ApiError(409, "Taken", message, hint);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    String hint() {
        return hint;
    }

    Body body() {
        String text = getMessage();
        return new Body(code, text == null ? code : text, hint);
    }

    /** The JSON that says so. */
    record Body(String code, String message, String hint) {}
}
