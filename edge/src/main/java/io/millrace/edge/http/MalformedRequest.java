package io.millrace.edge.http;

/** A request that is refused before anything looks at its meaning; carries the status to answer. */
public final class MalformedRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public MalformedRequest(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }

    /** 400, 414, 431, 501 or 505. */
    public int status() {
        return status;
    }
}
