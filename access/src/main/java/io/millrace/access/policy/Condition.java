package io.millrace.access.policy;

import io.millrace.kit.Cidr;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operator on one key: met when any of the values fits (for negated operators: when none does).
 *
 * <p>A key that the request does not have: positive operators fail, negated ones hold, as in both
 * vendors' evaluation.
 */
record Condition(Operator operator, ConditionKey key, List<Value> values) {

    /** The operators of the reference. */
    enum Operator {
        STRING_EQUALS("StringEquals", ConditionKey.Kind.STRING, false),
        STRING_NOT_EQUALS("StringNotEquals", ConditionKey.Kind.STRING, true),
        STRING_EQUALS_IGNORE_CASE("StringEqualsIgnoreCase", ConditionKey.Kind.STRING, false),
        STRING_NOT_EQUALS_IGNORE_CASE("StringNotEqualsIgnoreCase", ConditionKey.Kind.STRING, true),
        STRING_LIKE("StringLike", ConditionKey.Kind.STRING, false),
        STRING_NOT_LIKE("StringNotLike", ConditionKey.Kind.STRING, true),
        NUMERIC_EQUALS("NumericEquals", ConditionKey.Kind.NUMBER, false),
        NUMERIC_NOT_EQUALS("NumericNotEquals", ConditionKey.Kind.NUMBER, true),
        NUMERIC_LESS_THAN("NumericLessThan", ConditionKey.Kind.NUMBER, false),
        NUMERIC_LESS_THAN_EQUALS("NumericLessThanEquals", ConditionKey.Kind.NUMBER, false),
        NUMERIC_GREATER_THAN("NumericGreaterThan", ConditionKey.Kind.NUMBER, false),
        NUMERIC_GREATER_THAN_EQUALS("NumericGreaterThanEquals", ConditionKey.Kind.NUMBER, false),
        DATE_EQUALS("DateEquals", ConditionKey.Kind.DATE, false),
        DATE_NOT_EQUALS("DateNotEquals", ConditionKey.Kind.DATE, true),
        DATE_LESS_THAN("DateLessThan", ConditionKey.Kind.DATE, false),
        DATE_LESS_THAN_EQUALS("DateLessThanEquals", ConditionKey.Kind.DATE, false),
        DATE_GREATER_THAN("DateGreaterThan", ConditionKey.Kind.DATE, false),
        DATE_GREATER_THAN_EQUALS("DateGreaterThanEquals", ConditionKey.Kind.DATE, false),
        BOOL("Bool", ConditionKey.Kind.BOOL, false),
        IP_ADDRESS("IpAddress", ConditionKey.Kind.ADDRESS, false),
        NOT_IP_ADDRESS("NotIpAddress", ConditionKey.Kind.ADDRESS, true),
        NULL("Null", ConditionKey.Kind.BOOL, false);

        private final String spelling;
        private final ConditionKey.Kind kind;
        private final boolean negated;

        Operator(String spelling, ConditionKey.Kind kind, boolean negated) {
            this.spelling = spelling;
            this.kind = kind;
            this.negated = negated;
        }

        static @Nullable Operator of(String name) {
            for (Operator operator : values()) {
                if (operator.spelling.equals(name)) {
                    return operator;
                }
            }
            return null;
        }

        String spelling() {
            return spelling;
        }

        boolean fits(ConditionKey key) {
            return this == NULL || kind == key.kind();
        }
    }

    /** A value, parsed when the policy was written. */
    sealed interface Value {
        record Text(Pattern pattern) implements Value {}

        record Numeric(BigDecimal number) implements Value {}

        record Date(Instant date) implements Value {}

        record Bool(boolean value) implements Value {}

        record Network(Cidr network) implements Value {}
    }

    Condition {
        values = List.copyOf(values);
    }

    boolean met(PolicyRequest request) {
        String actual = request.value(key);
        if (operator == Operator.NULL) {
            boolean absent = actual == null;
            return values.stream()
                    .anyMatch(value -> value instanceof Value.Bool(boolean v) && v == absent);
        }
        if (actual == null) {
            return operator.negated;
        }
        boolean any = false;
        for (Value value : values) {
            any |= fits(value, actual, request);
        }
        return any != operator.negated;
    }

    private boolean fits(Value value, String actual, PolicyRequest request) {
        return switch (value) {
            case Value.Text(Pattern pattern) ->
                    pattern.matches(
                            actual,
                            request,
                            operator == Operator.STRING_EQUALS_IGNORE_CASE
                                    || operator == Operator.STRING_NOT_EQUALS_IGNORE_CASE);
            case Value.Numeric(BigDecimal number) -> number(actual, number);
            case Value.Date(Instant date) -> date(actual, date);
            case Value.Bool(boolean v) -> actual.equals(Boolean.toString(v));
            case Value.Network(Cidr network) -> address(actual, network);
        };
    }

    private boolean number(String actual, BigDecimal wanted) {
        try {
            return actual.length() <= 40 && compares(new BigDecimal(actual).compareTo(wanted));
        } catch (NumberFormatException e) {
            return operator.negated;
        }
    }

    private boolean date(String actual, Instant wanted) {
        try {
            return compares(Instant.parse(actual).compareTo(wanted));
        } catch (DateTimeException e) {
            return operator.negated;
        }
    }

    private boolean compares(int order) {
        return switch (operator) {
            case NUMERIC_EQUALS, NUMERIC_NOT_EQUALS, DATE_EQUALS, DATE_NOT_EQUALS -> order == 0;
            case NUMERIC_LESS_THAN, DATE_LESS_THAN -> order < 0;
            case NUMERIC_LESS_THAN_EQUALS, DATE_LESS_THAN_EQUALS -> order <= 0;
            case NUMERIC_GREATER_THAN, DATE_GREATER_THAN -> order > 0;
            case NUMERIC_GREATER_THAN_EQUALS, DATE_GREATER_THAN_EQUALS -> order >= 0;
            case STRING_EQUALS,
                    STRING_NOT_EQUALS,
                    STRING_EQUALS_IGNORE_CASE,
                    STRING_NOT_EQUALS_IGNORE_CASE,
                    STRING_LIKE,
                    STRING_NOT_LIKE,
                    BOOL,
                    IP_ADDRESS,
                    NOT_IP_ADDRESS,
                    NULL ->
                    false;
        };
    }

    private static boolean address(String actual, Cidr network) {
        try {
            return network.contains(InetAddress.ofLiteral(actual));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
