package io.millrace.access.policy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text with wildcards: {@code *} stands for any run of characters, slashes included, {@code ?}
 * for exactly one; everything else is literal. Matches whole texts only, never prefixes.
 *
 * <p>Variables ({@code ${aws:username}}) are parsed here and substituted while matching, as literal
 * characters: a user or device whose name holds a star gains nothing by it.
 */
final class Pattern {
    private static final int STAR = -1;
    private static final int ONE = -2;
    private static final int VARIABLE = -10;

    private final String text;
    private final int[] tokens;
    private final List<ConditionKey> variables;

    private Pattern(String text, int[] tokens, List<ConditionKey> variables) {
        this.text = text;
        this.tokens = tokens;
        this.variables = variables;
    }

    /** Reads wildcards and variables. */
    static Pattern parse(String text) {
        List<Integer> tokens = new ArrayList<>(text.length());
        List<ConditionKey> variables = new ArrayList<>(1);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '$' && i + 1 < text.length() && text.charAt(i + 1) == '{') {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw new PolicyException("A variable has no closing brace in: " + text);
                }
                tokens.add(variable(text.substring(i + 2, end), variables));
                i = end;
            } else {
                tokens.add(c == '*' ? STAR : c == '?' ? ONE : c);
            }
        }
        return new Pattern(text, tokens.stream().mapToInt(Integer::intValue).toArray(), variables);
    }

    /** Reads a text in which nothing is special. */
    static Pattern literal(String text) {
        return new Pattern(text, text.chars().toArray(), List.of());
    }

    private static int variable(String name, List<ConditionKey> variables) {
        switch (name) {
            case "*", "?", "$" -> {
                return name.charAt(0);
            }
            default -> {
                ConditionKey key = ConditionKey.of(name);
                if (key != ConditionKey.USER_NAME && key != ConditionKey.USER_ID) {
                    throw new PolicyException("The variable ${" + name + "} is not known.");
                }
                variables.add(key);
                return VARIABLE - (variables.size() - 1);
            }
        }
    }

    String text() {
        return text;
    }

    /** True when the whole of {@code value} matches; a variable without a value matches nothing. */
    boolean matches(String value, @Nullable PolicyRequest request, boolean ignoreCase) {
        int[] pattern = variables.isEmpty() ? tokens : substituted(request);
        if (pattern == null) {
            return false;
        }
        int p = 0;
        int v = 0;
        int star = -1;
        int mark = 0;
        while (v < value.length()) {
            if (p < pattern.length && same(pattern[p], value.charAt(v), ignoreCase)) {
                p++;
                v++;
            } else if (p < pattern.length && pattern[p] == STAR) {
                star = p++;
                mark = v;
            } else if (star >= 0) {
                p = star + 1;
                v = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length && pattern[p] == STAR) {
            p++;
        }
        return p == pattern.length;
    }

    private static boolean same(int token, char c, boolean ignoreCase) {
        return token == ONE
                || token == c
                || (ignoreCase
                        && token >= 0
                        && Character.toLowerCase((char) token) == Character.toLowerCase(c));
    }

    private int @Nullable [] substituted(@Nullable PolicyRequest request) {
        List<Integer> out = new ArrayList<>(tokens.length + 32);
        for (int token : tokens) {
            if (token > VARIABLE) {
                out.add(token);
                continue;
            }
            String value = request == null ? null : request.value(variables.get(VARIABLE - token));
            if (value == null) {
                return null;
            }
            value.chars().forEach(out::add);
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String toString() {
        return text;
    }
}
