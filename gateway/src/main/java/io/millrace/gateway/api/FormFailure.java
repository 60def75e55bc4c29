package io.millrace.gateway.api;

/** What went wrong with a form that speaks another dialect than its request seemed to. */
public final class FormFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Dialect dialect;
    private final Exception failure;

    public FormFailure(Dialect dialect, Exception failure) {
        // Only carries another exception to where it is answered.
        super(null, failure, false, false);
        this.dialect = dialect;
        this.failure = failure;
    }

    /** In which the failure is to be answered. */
    public Dialect dialect() {
        return dialect;
    }

    public Exception failure() {
        return failure;
    }
}
