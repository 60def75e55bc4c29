package io.millrace.signing;

/** A query that is refused as a whole, because two readers could take it differently. */
public final class QueryException extends IllegalArgumentException {
    /** Why. */
    public enum Code {
        /** A percent sign without two digits, or what is no UTF-8. */
        UNDECODABLE,
        /** More than {@value Query#MAX_PARAMETERS} parameters. */
        TOO_MANY,
        /** A name stands there twice. */
        REPEATED
    }

    private final Code code;
    private final String name;

    QueryException(Code code, String name, String message) {
        super(message);
        this.code = code;
        this.name = name;
    }

    public Code code() {
        return code;
    }

    /** The name that is repeated; else empty. */
    public String name() {
        return name;
    }
}
