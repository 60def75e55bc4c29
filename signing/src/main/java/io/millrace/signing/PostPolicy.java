package io.millrace.signing;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.signing.PostForm.Conditions;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A form's policy: when it ends and what it allows.
 *
 * @param encoded as sent; the signature covers exactly this text
 * @param strict true for AWS, where every field of the form must be covered by a condition
 */
record PostPolicy(String encoded, Instant expiration, JsonNode conditions, boolean strict) {

    Conditions check(String bucket, Map<String, String> fields, long size) {
        Set<String> covered = new HashSet<>();
        for (JsonNode condition : conditions) {
            Conditions result =
                    condition.isArray()
                            ? listed(condition, bucket, fields, size, covered)
                            : simple(condition, bucket, fields, covered);
            if (!(result instanceof Conditions.Met)) {
                return result;
            }
        }
        for (String field : fields.keySet()) {
            if (mustBeCovered(field) && !covered.contains(field)) {
                return new Conditions.Failed(
                        "Invalid according to Policy: Extra input fields: " + field);
            }
        }
        return new Conditions.Met();
    }

    private boolean mustBeCovered(String field) {
        if (!strict) {
            // OSS lets plain fields go unsigned; what changes an object's access or nature may not.
            return field.startsWith("x-oss-object-acl") || field.startsWith("x-oss-callback");
        }
        return switch (field) {
            case "policy", "x-amz-signature", "file", "bucket" -> false;
            default -> !field.startsWith("x-ignore-");
        };
    }

    private static Conditions simple(
            JsonNode condition, String bucket, Map<String, String> fields, Set<String> covered) {
        if (!condition.isObject()) {
            return new Conditions.Failed("Invalid Policy: a condition is an object or a list.");
        }
        for (Map.Entry<String, JsonNode> each : condition.properties()) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            covered.add(name);
            if (!each.getValue().asText().equals(value(name, bucket, fields))) {
                return failed(condition);
            }
        }
        return new Conditions.Met();
    }

    private static Conditions listed(
            JsonNode condition,
            String bucket,
            Map<String, String> fields,
            long size,
            Set<String> covered) {
        if (condition.size() != 3) {
            return failed(condition);
        }
        String operator = condition.get(0).asText().toLowerCase(Locale.ROOT);
        if (operator.equals("content-length-range")) {
            long min = condition.get(1).asLong(-1);
            long max = condition.get(2).asLong(-1);
            if (min < 0 || max < min) {
                return failed(condition);
            }
            return size >= 0 && (size < min || size > max)
                    ? new Conditions.WrongSize(size, min, max)
                    : new Conditions.Met();
        }
        String name = condition.get(1).asText().toLowerCase(Locale.ROOT);
        if (!name.startsWith("$")) {
            return failed(condition);
        }
        name = name.substring(1);
        covered.add(name);
        String actual = value(name, bucket, fields);
        JsonNode wanted = condition.get(2);
        boolean met =
                switch (operator) {
                    case "eq" -> wanted.asText().equals(actual);
                    case "starts-with" -> startsWith(name, actual, wanted.asText());
                    case "in" -> in(wanted, actual);
                    case "not-in" -> wanted.isArray() && !in(wanted, actual);
                    default -> false;
                };
        return met ? new Conditions.Met() : failed(condition);
    }

    /** For Content-Type every type of a comma-separated list must begin so. */
    private static boolean startsWith(String name, @Nullable String actual, String prefix) {
        if (actual == null) {
            return prefix.isEmpty();
        }
        if (!name.equals("content-type")) {
            return actual.startsWith(prefix);
        }
        for (String type : actual.split(",", -1)) {
            if (!type.strip().startsWith(prefix)) {
                return false;
            }
        }
        return true;
    }

    private static boolean in(JsonNode list, @Nullable String actual) {
        if (!list.isArray()) {
            return false;
        }
        for (JsonNode each : list) {
            if (each.asText().equals(actual)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String value(String name, String bucket, Map<String, String> fields) {
        return name.equals("bucket") ? bucket : fields.get(name);
    }

    private static Conditions failed(JsonNode condition) {
        return new Conditions.Failed(
                "Invalid according to Policy: Policy Condition failed: " + condition);
    }

    long maxSize() {
        for (JsonNode condition : conditions) {
            if (condition.isArray()
                    && condition.size() == 3
                    && condition.get(0).asText().equalsIgnoreCase("content-length-range")) {
                return condition.get(2).asLong(0);
            }
        }
        return Long.MAX_VALUE;
    }
}
