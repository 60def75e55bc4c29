package io.millrace.signing;

import org.jspecify.annotations.Nullable;

/** What a client signs with: a key pair and, for temporary credentials, the security token. */
public record AccessKey(String id, String secret, @Nullable String securityToken) {
    /** A long-lived pair. */
    public AccessKey(String id, String secret) {
        this(id, secret, null);
    }

    @Override
    public String toString() {
        return "AccessKey[" + id + "]";
    }
}
