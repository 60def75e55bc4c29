package io.millrace.access;

import java.time.Instant;

/** A temporary key pair and its sealed token. */
public record TemporaryCredentials(
        String accessKeyId, String accessKeySecret, String securityToken, Instant expiration) {
    @Override
    public String toString() {
        return "TemporaryCredentials[" + accessKeyId + " until " + expiration + "]";
    }
}
