package io.millrace.signing;

/** Where the chain of chunk signatures begins: key, time, scope and the request's own signature. */
public final class ChunkSeed {
    private final HmacKey key;
    private final String date;
    private final String scope;
    private final String signature;

    ChunkSeed(HmacKey key, String date, String scope, String signature) {
        this.key = key;
        this.date = date;
        this.scope = scope;
        this.signature = signature;
    }

    HmacKey key() {
        return key;
    }

    String date() {
        return date;
    }

    String scope() {
        return scope;
    }

    String signature() {
        return signature;
    }
}
