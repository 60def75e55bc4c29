package io.millrace.access.policy;

import org.jspecify.annotations.Nullable;

/**
 * Which statement decided: the policy's name, the statement's place in it counted from 0, and its
 * Sid when it has one.
 */
public record StatementRef(String policy, int index, @Nullable String sid) {
    @Override
    public String toString() {
        return policy + "[" + (sid == null ? Integer.toString(index) : sid) + "]";
    }
}
