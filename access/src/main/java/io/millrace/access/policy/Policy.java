package io.millrace.access.policy;

import java.util.List;

/** A compiled policy. Immutable and thread-safe. */
public final class Policy {
    private final String name;
    private final List<Statement> statements;

    Policy(String name, List<Statement> statements) {
        this.name = name;
        this.statements = List.copyOf(statements);
    }

    /**
     * Compiles the RAM form ({@code "Version": "1"}) or the AWS form ({@code "2012-10-17"}).
     *
     * @throws PolicyException when it is not understood to the last word
     */
    public static Policy compile(String name, String document) {
        return PolicyCompiler.identity(name, document);
    }

    public String name() {
        return name;
    }

    List<Statement> statements() {
        return statements;
    }
}
