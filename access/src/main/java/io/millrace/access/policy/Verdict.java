package io.millrace.access.policy;

/** What policies say to a request. */
public sealed interface Verdict {
    record Allow(StatementRef statement) implements Verdict {}

    record Deny(StatementRef statement) implements Verdict {}

    /** No statement matches: denied by default. */
    record Nothing() implements Verdict {}
}
