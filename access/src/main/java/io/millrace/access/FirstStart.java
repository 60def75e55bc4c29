package io.millrace.access;

/**
 * What the first start made; the password and the secret are shown once and kept nowhere in clear.
 */
public record FirstStart(String administrator, String password, RootKey rootKey) {
    @Override
    public String toString() {
        return "FirstStart[" + administrator + "]";
    }
}
