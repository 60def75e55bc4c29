package io.millrace.gateway.sts;

/** A request is refused with this status, code and public text, in the flavour's own form. */
final class StsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final StsRequest.Flavour flavour;
    private final int status;
    private final String code;

    StsException(StsRequest.Flavour flavour, int status, String code, String message) {
        super(message, null, false, false);
        this.flavour = flavour;
        this.status = status;
        this.code = code;
    }

    StsRequest.Flavour flavour() {
        return flavour;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
