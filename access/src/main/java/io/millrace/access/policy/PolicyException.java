package io.millrace.access.policy;

/** A policy document is refused; the message is public text that names the place and the reason. */
public final class PolicyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PolicyException(String message) {
        super(message);
    }
}
