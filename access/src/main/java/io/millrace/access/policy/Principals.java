package io.millrace.access.policy;

import java.util.List;

/**
 * The callers that a statement with a Principal is about: {@code *} for everybody, {@code root} for
 * everybody in the account, {@code user/name}, {@code role/name}. Compared whole, never by pattern.
 */
record Principals(List<String> names) {
    Principals {
        names = List.copyOf(names);
    }

    boolean matches(String principal) {
        for (String name : names) {
            boolean account = !principal.equals("anonymous") && !principal.startsWith("device/");
            if (name.equals("*") || name.equals(principal) || (name.equals("root") && account)) {
                return true;
            }
        }
        return false;
    }
}
