package io.millrace.access;

import java.util.Optional;

/** What came of a change to users, roles, keys, policies or devices. Messages are public text. */
public sealed interface Change<T> {
    record Done<T>(T value) implements Change<T> {}

    /** The name is in use. */
    record Taken<T>(String message) implements Change<T> {}

    record NotFound<T>(String message) implements Change<T> {}

    /** The request itself is wrong: a name, a policy, a length. */
    record Invalid<T>(String message) implements Change<T> {}

    /** Something still refers to it. */
    record InUse<T>(String message) implements Change<T> {}

    /** A bound of the system is reached. */
    record Limit<T>(String message) implements Change<T> {}

    /** The value when it was done. */
    default Optional<T> done() {
        return this instanceof Done<T>(T value) ? Optional.of(value) : Optional.empty();
    }

    /** The value, or an exception with the reason: for callers that know it must work. */
    default T orThrow() {
        return switch (this) {
            case Done<T>(T value) -> value;
            case Taken<T>(String message) -> throw new IllegalStateException(message);
            case NotFound<T>(String message) -> throw new IllegalStateException(message);
            case Invalid<T>(String message) -> throw new IllegalStateException(message);
            case InUse<T>(String message) -> throw new IllegalStateException(message);
            case Limit<T>(String message) -> throw new IllegalStateException(message);
        };
    }
}
