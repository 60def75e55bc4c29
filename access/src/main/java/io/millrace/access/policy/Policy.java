package io.millrace.access.policy;

import java.util.List;

/** A compiled policy. Immutable and thread-safe. */
public final class Policy {
    /** The longest document of a policy to attach, in characters. */
    public static final int MAX_LENGTH = 6144;

    /** The longest session policy, in characters. */
    public static final int MAX_SESSION_LENGTH = 2048;

    private final String name;
    private final String document;
    private final List<Statement> statements;

    Policy(String name, String document, List<Statement> statements) {
        this.name = name;
        this.document = document;
        this.statements = List.copyOf(statements);
    }

    /**
     * Compiles a policy for users and roles: the RAM form ({@code "Version": "1"}) or the AWS form
     * ({@code "2012-10-17"}).
     *
     * @param account the account number that ARNs may name
     * @throws PolicyException when it is not understood to the last word
     */
    public static Policy identity(String name, String document, String account) {
        return new PolicyCompiler(name, account, PolicyCompiler.Kind.IDENTITY).compile(document);
    }

    /**
     * Compiles the policy that narrows a role's session; shorter, otherwise as {@link #identity}.
     */
    public static Policy session(String document, String account) {
        return new PolicyCompiler("session-policy", account, PolicyCompiler.Kind.SESSION)
                .compile(document);
    }

    /** Compiles a role's trust policy: statements name principals and {@code sts:AssumeRole}. */
    public static Policy trust(String name, String document, String account) {
        return new PolicyCompiler(name, account, PolicyCompiler.Kind.TRUST).compile(document);
    }

    /** Compiles a bucket's policy: statements name principals and resources of that bucket only. */
    public static Policy bucket(String bucket, String document, String account) {
        return new PolicyCompiler("bucket-policy:" + bucket, account, PolicyCompiler.Kind.BUCKET)
                .forBucket(bucket)
                .compile(document);
    }

    public String name() {
        return name;
    }

    /** As it was written. */
    public String document() {
        return document;
    }

    List<Statement> statements() {
        return statements;
    }

    /** Decides over several policies: an explicit Deny wins, else any Allow, else nothing. */
    public static Verdict decide(List<Policy> policies, PolicyRequest request) {
        StatementRef allowed = null;
        for (Policy policy : policies) {
            List<Statement> statements = policy.statements;
            for (int i = 0; i < statements.size(); i++) {
                Statement statement = statements.get(i);
                if (statement.allow() && allowed != null) {
                    continue;
                }
                if (!statement.matches(request)) {
                    continue;
                }
                if (!statement.allow()) {
                    return new Verdict.Deny(statement.ref(policy.name, i));
                }
                allowed = statement.ref(policy.name, i);
            }
        }
        return allowed == null ? new Verdict.Nothing() : new Verdict.Allow(allowed);
    }

    /** Every statement that matches, in order: for explaining a decision. */
    public static List<StatementRef> matching(List<Policy> policies, PolicyRequest request) {
        List<StatementRef> matching = new java.util.ArrayList<>();
        for (Policy policy : policies) {
            for (int i = 0; i < policy.statements.size(); i++) {
                if (policy.statements.get(i).matches(request)) {
                    matching.add(policy.statements.get(i).ref(policy.name, i));
                }
            }
        }
        return matching;
    }

    @Override
    public String toString() {
        return "Policy[" + name + "]";
    }
}
