package io.millrace.access;

/** What came of AssumeRole. Messages are public text. */
public sealed interface AssumeOutcome {
    /**
     * @param assumedRoleId {@code id:session}
     * @param arn {@code acs:ram::account:assumed-role/name/session}
     */
    record Assumed(TemporaryCredentials credentials, String assumedRoleId, String arn)
            implements AssumeOutcome {}

    /** A parameter is wrong; {@code parameter} is its name in the API. */
    record Invalid(String parameter, String message) implements AssumeOutcome {}

    /** The session policy is refused: MalformedPolicyDocument. */
    record MalformedPolicy(String message) implements AssumeOutcome {}

    /**
     * No such role, the caller may not, or the role does not trust the caller: one answer for all.
     */
    record Denied(String message) implements AssumeOutcome {}
}
