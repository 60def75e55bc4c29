package io.millrace.access.policy;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.kit.Cidr;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a document of either vendor's form into the one internal form. What is not understood is
 * refused here, when it is written, so that nothing is left to guess when it is evaluated: unknown
 * versions, members, operators, keys, actions, variables; duplicate members; documents that are too
 * long, too deep or have too many parts.
 */
final class PolicyCompiler {
    enum Kind {
        IDENTITY,
        SESSION,
        TRUST,
        BUCKET
    }

    private static final int MAX_STATEMENTS = 100;
    private static final int MAX_PATTERNS = 1000;
    private static final int MAX_TEXT = 1200;
    private static final int MAX_DEPTH = 10;
    private static final Set<String> MEMBERS = Set.of("Version", "Id", "Statement");
    private static final Set<String> STATEMENT_MEMBERS =
            Set.of(
                    "Sid",
                    "Effect",
                    "Action",
                    "NotAction",
                    "Resource",
                    "NotResource",
                    "Condition",
                    "Principal");
    private static final JsonMapper JSON =
            JsonMapper.builder(
                            new JsonFactoryBuilder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .maxStringLength(MAX_TEXT)
                                                    .maxNumberLength(40)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final String name;
    private final String account;
    private final Kind kind;
    private @Nullable String bucket;
    private int patterns;

    PolicyCompiler(String name, String account, Kind kind) {
        this.name = name;
        this.account = account;
        this.kind = kind;
    }

    PolicyCompiler forBucket(String only) {
        this.bucket = only;
        return this;
    }

    Policy compile(String document) {
        int max = kind == Kind.SESSION ? Policy.MAX_SESSION_LENGTH : Policy.MAX_LENGTH;
        if (document.length() > max) {
            throw new PolicyException("The policy is longer than " + max + " characters.");
        }
        JsonNode root = read(document);
        members(root, MEMBERS, "the policy");
        JsonNode version = root.get("Version");
        boolean known =
                version != null
                        && version.isTextual()
                        && (version.asText().equals("1") || version.asText().equals("2012-10-17"));
        if (!known) {
            throw new PolicyException(
                    "Version must be \"1\" (RAM form) or \"2012-10-17\" (AWS form).");
        }
        JsonNode statement = root.get("Statement");
        if (statement == null || statement.isEmpty()) {
            throw new PolicyException("The policy has no Statement.");
        }
        List<Statement> statements = new ArrayList<>();
        if (statement.isArray()) {
            if (statement.size() > MAX_STATEMENTS) {
                throw new PolicyException(
                        "The policy has more than " + MAX_STATEMENTS + " statements.");
            }
            statement.forEach(each -> statements.add(statement(each)));
        } else {
            statements.add(statement(statement));
        }
        return new Policy(name, document, statements);
    }

    private static JsonNode read(String document) {
        try {
            JsonNode root = JSON.readTree(document);
            if (root == null || !root.isObject()) {
                throw new PolicyException("The policy is not a JSON object.");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new PolicyException("The policy is not valid JSON: " + e.getOriginalMessage());
        }
    }

    private static void members(JsonNode node, Set<String> allowed, String where) {
        if (!node.isObject()) {
            throw new PolicyException("Expected an object for " + where + ".");
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!allowed.contains(member.getKey())) {
                throw new PolicyException(
                        "Unknown member \"" + member.getKey() + "\" in " + where + ".");
            }
        }
    }

    private Statement statement(JsonNode node) {
        members(node, STATEMENT_MEMBERS, "a statement");
        JsonNode effect = node.get("Effect");
        boolean allow = effect != null && effect.asText().equals("Allow");
        if (!allow && (effect == null || !effect.asText().equals("Deny"))) {
            throw new PolicyException("Effect must be Allow or Deny.");
        }
        JsonNode sid = node.get("Sid");
        boolean notActions = one(node, "Action", "NotAction");
        List<Pattern> actions = new ArrayList<>();
        for (String text : texts(node.get(notActions ? "NotAction" : "Action"), "Action")) {
            List<Pattern> compiled = Actions.compile(text);
            if (kind == Kind.TRUST && compiled.stream().anyMatch(PolicyCompiler::notAssume)) {
                throw new PolicyException("A trust policy is about sts:AssumeRole only.");
            }
            actions.addAll(compiled);
        }
        boolean notResources = kind != Kind.TRUST && one(node, "Resource", "NotResource");
        return new Statement(
                allow,
                sid == null ? null : sid.asText(),
                principals(node.get("Principal")),
                actions,
                notActions,
                resources(node, notResources),
                notResources,
                conditions(node.get("Condition")));
    }

    private static boolean notAssume(Pattern action) {
        return !action.text().equals("sts:assumerole");
    }

    /** True when the second of two members stands there; exactly one must. */
    private static boolean one(JsonNode node, String plain, String negated) {
        if (node.has(plain) == node.has(negated)) {
            throw new PolicyException("A statement needs either " + plain + " or " + negated + ".");
        }
        return node.has(negated);
    }

    private List<String> texts(@Nullable JsonNode node, String what) {
        List<String> texts = new ArrayList<>();
        if (node != null && node.isTextual()) {
            texts.add(node.asText());
        } else if (node != null && node.isArray()) {
            for (JsonNode each : node) {
                if (!each.isTextual()) {
                    throw new PolicyException(what + " must be text or a list of texts.");
                }
                texts.add(each.asText());
            }
        }
        if (texts.isEmpty()) {
            throw new PolicyException(what + " must be text or a list of texts.");
        }
        patterns += texts.size();
        if (patterns > MAX_PATTERNS) {
            throw new PolicyException("The policy has more than " + MAX_PATTERNS + " parts.");
        }
        return texts;
    }

    private List<Pattern> resources(JsonNode node, boolean not) {
        if (kind == Kind.TRUST) {
            if (node.has("Resource") || node.has("NotResource")) {
                throw new PolicyException("A trust policy has no Resource.");
            }
            return List.of(Pattern.parse("*"));
        }
        List<Pattern> resources = new ArrayList<>();
        for (String text : texts(node.get(not ? "NotResource" : "Resource"), "Resource")) {
            String resource = Resources.internal(text, account);
            if (bucket != null && !resource.equals(bucket) && !resource.startsWith(bucket + "/")) {
                throw new PolicyException(
                        "A bucket's policy names resources of that bucket only, not " + text);
            }
            resources.add(Pattern.parse(resource));
        }
        return resources;
    }

    private @Nullable Principals principals(@Nullable JsonNode node) {
        boolean wanted = kind == Kind.TRUST || kind == Kind.BUCKET;
        if (!wanted) {
            if (node != null) {
                throw new PolicyException("A policy that is attached has no Principal.");
            }
            return null;
        }
        if (node == null) {
            throw new PolicyException("The statement needs a Principal.");
        }
        List<String> names = new ArrayList<>();
        if (node.isObject()) {
            members(node, Set.of("RAM", "AWS"), "Principal");
            for (Map.Entry<String, JsonNode> each : node.properties()) {
                texts(each.getValue(), "Principal").forEach(text -> names.add(principal(text)));
            }
        } else {
            texts(node, "Principal").forEach(text -> names.add(principal(text)));
        }
        return new Principals(names);
    }

    private String principal(String text) {
        if (text.equals("*")) {
            if (kind == Kind.TRUST) {
                throw new PolicyException("A trust policy names whom it trusts, not everybody.");
            }
            return text;
        }
        return Resources.principal(text, account);
    }

    private List<Condition> conditions(@Nullable JsonNode node) {
        List<Condition> conditions = new ArrayList<>();
        if (node == null) {
            return conditions;
        }
        if (!node.isObject()) {
            throw new PolicyException("Condition must be an object.");
        }
        for (Map.Entry<String, JsonNode> byOperator : node.properties()) {
            Condition.Operator operator = Condition.Operator.of(byOperator.getKey());
            if (operator == null || !byOperator.getValue().isObject()) {
                throw new PolicyException(
                        "The condition operator " + byOperator.getKey() + " is not known.");
            }
            for (Map.Entry<String, JsonNode> byKey : byOperator.getValue().properties()) {
                conditions.add(condition(operator, byKey.getKey(), byKey.getValue()));
            }
        }
        return conditions;
    }

    private Condition condition(Condition.Operator operator, String keyName, JsonNode node) {
        ConditionKey key = ConditionKey.of(keyName);
        if (key == null) {
            throw new PolicyException("The condition key " + keyName + " is not known.");
        }
        if (!operator.fits(key)) {
            throw new PolicyException(
                    operator.spelling() + " does not fit the condition key " + keyName + ".");
        }
        List<Condition.Value> values = new ArrayList<>();
        List<JsonNode> nodes = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(nodes::add);
        } else {
            nodes.add(node);
        }
        patterns += nodes.size();
        if (nodes.isEmpty() || patterns > MAX_PATTERNS) {
            throw new PolicyException(
                    "The condition on " + keyName + " has no or too many values.");
        }
        for (JsonNode each : nodes) {
            if (!each.isValueNode() || each.isNull()) {
                throw new PolicyException("A condition's value is text, a number or a boolean.");
            }
            values.add(value(operator, key, each.asText()));
        }
        return new Condition(operator, key, values);
    }

    private static Condition.Value value(
            Condition.Operator operator, ConditionKey key, String text) {
        ConditionKey.Kind valueKind =
                operator == Condition.Operator.NULL ? ConditionKey.Kind.BOOL : key.kind();
        return switch (valueKind) {
            case STRING ->
                    new Condition.Value.Text(
                            operator == Condition.Operator.STRING_LIKE
                                            || operator == Condition.Operator.STRING_NOT_LIKE
                                    ? Pattern.parse(text)
                                    : plain(text));
            case NUMBER -> new Condition.Value.Numeric(number(text));
            case DATE -> new Condition.Value.Date(date(text));
            case BOOL -> new Condition.Value.Bool(bool(text));
            case ADDRESS -> new Condition.Value.Network(cidr(text));
        };
    }

    /** Without wildcards, but with variables. */
    private static Pattern plain(String text) {
        if (!text.contains("${")) {
            return Pattern.literal(text);
        }
        String bare = text.replace("${*}", "*").replace("${?}", "?");
        return Pattern.parse(bare.replace("*", "${*}").replace("?", "${?}"));
    }

    private static BigDecimal number(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new PolicyException("Not a number: " + text);
        }
    }

    private static Instant date(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new PolicyException("Not a date like 2026-01-31T00:00:00Z: " + text);
        }
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new PolicyException("Not true or false: " + text);
        };
    }

    static Cidr cidr(String text) {
        try {
            return Cidr.parse(text);
        } catch (IllegalArgumentException e) {
            throw new PolicyException("Not an IP address or network: " + text);
        }
    }
}
