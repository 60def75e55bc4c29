package io.millrace.signing;

/** Reads what a request claims. Stateless. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class Credentials {
    private Credentials() {}

    /** The credential of a request on the object door: OSS V1, V2, V4 or SigV4, header or URL. */
    public static Credential parse(SignedRequest request) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The credential of an RPC request (STS): {@code ACS3-HMAC-SHA256}, RPC signature version 1.0
     * in the query or the form, or SigV4 whose payload hash comes from the body.
     *
     * @param body the whole body, empty when there is none
     */
    public static Credential parseRpc(SignedRequest request, byte[] body) {
        throw new UnsupportedOperationException("being written");
    }
}
