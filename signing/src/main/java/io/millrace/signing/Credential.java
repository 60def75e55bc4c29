package io.millrace.signing;

/** What a request says about who sent it, before anything is proved. */
public sealed interface Credential permits Credential.Anonymous, Credential.Malformed, Claim {

    /** No credential at all. */
    record Anonymous() implements Credential {}

    /** A credential that cannot be read; the request is refused. {@code message} is public text. */
    record Malformed(Problem problem, String message, Dialect dialect) implements Credential {}

    /** Whose error format answers it. */
    enum Dialect {
        OSS,
        S3,
        STS
    }
}
