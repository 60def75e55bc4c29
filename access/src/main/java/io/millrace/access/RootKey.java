package io.millrace.access;

/** A key pair: the root's or a service account's. Its text form leaves the secret out. */
public record RootKey(String id, String secret) {
    public RootKey {
        if (id.isBlank() || secret.isBlank()) {
            throw new IllegalArgumentException("a key pair needs an id and a secret");
        }
    }

    /** Reads {@code ID:SECRET}. */
    public static RootKey parse(String text) {
        int colon = text.indexOf(':');
        if (colon <= 0 || colon == text.length() - 1) {
            throw new IllegalArgumentException("write the root key as ID:SECRET");
        }
        return new RootKey(text.substring(0, colon), text.substring(colon + 1));
    }

    @Override
    public String toString() {
        return "RootKey[" + id + "]";
    }
}
