package io.millrace.edge.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.edge.cache.Purges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * What the console says: the default domain, the others by host, and a journal of purges.
 *
 * @param revision rises with every change
 * @param fallback the default domain; null: it answers nothing
 * @param purgesFrom the id of the first purge that the console still tells
 */
public record Settings(
        long revision,
        @Nullable Domain fallback,
        Map<String, Domain> domains,
        List<Purge> purges,
        long purgesFrom) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long VALIDITY_SECONDS = 1800;
    private static final int MOST_DOMAINS = 10_000;

    /** One purge; {@code host} null: the path is one of the default domain. */
    public record Purge(long id, Purges.Kind kind, @Nullable String host, String path) {}

    public Settings {
        domains = Map.copyOf(domains);
        purges = List.copyOf(purges);
    }

    /** The domain that a host belongs to, or null when there is no default domain either. */
    public @Nullable Domain domain(String host) {
        if (domains.isEmpty()) {
            return fallback;
        }
        Domain named = domains.get(host);
        return named == null ? fallback : named;
    }

    /**
     * Reads the console's JSON. A domain that cannot be read is left out and named in the log.
     *
     * @throws IllegalArgumentException when it is no such JSON
     */
    public static Settings parse(String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "settings are not JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject() || !root.path("revision").canConvertToLong()) {
            throw new IllegalArgumentException("settings have no revision");
        }
        Map<String, Domain> domains = new HashMap<>();
        for (JsonNode node : root.path("domains")) {
            try {
                Domain domain = domain(node);
                domains.put(domain.host(), domain);
            } catch (IllegalArgumentException e) {
                LoggerFactory.getLogger(Settings.class)
                        .warn("domain {} is left out: {}", node.path("host"), e.getMessage());
            }
            if (domains.size() > MOST_DOMAINS) {
                throw new IllegalArgumentException("more than " + MOST_DOMAINS + " domains");
            }
        }
        List<Purge> purges = new ArrayList<>();
        for (JsonNode node : root.path("purges")) {
            purges.add(purge(node));
        }
        return new Settings(
                root.path("revision").asLong(),
                fallback(root.path("default")),
                domains,
                purges,
                root.path("purgesFrom").asLong(1));
    }

    /** The id of the newest purge that the console has told of, 0 before any. */
    public long lastPurge() {
        return purges.stream().mapToLong(Purge::id).max().orElse(purgesFrom - 1);
    }

    private static @Nullable Domain fallback(JsonNode node) {
        if (!node.isObject()) {
            return null;
        }
        return new Domain(
                Domain.DEFAULT, new Domain.Mount.Whole(), auth(node.path("auth")), -1, null);
    }

    private static Domain domain(JsonNode node) {
        String host = text(node, "host").toLowerCase(Locale.ROOT);
        JsonNode ttl = node.path("ttlSeconds");
        String chain = node.path("certificatePem").asText("");
        String key = node.path("privateKeyPem").asText("");
        return new Domain(
                host,
                mount(node.path("origin")),
                auth(node.path("auth")),
                ttl.isNumber() ? ttl.asLong() : -1,
                chain.isBlank() || key.isBlank() || chain.equals("null")
                        ? null
                        : new Domain.Certificate(chain, key),
                node.path("website").asBoolean(false),
                Set.of());
    }

    private static Domain.Mount mount(JsonNode node) {
        return Domain.checked(
                switch (text(node, "type")) {
                    case "bucket" ->
                            new Domain.Mount.Bucket(
                                    text(node, "bucket"), trimmed(node.path("prefix").asText("")));
                    case "stream" -> new Domain.Mount.Stream(text(node, "stream"));
                    case "camera" -> new Domain.Mount.Camera(text(node, "device"));
                    default -> throw new IllegalArgumentException("unknown origin type");
                });
    }

    private static String trimmed(String prefix) {
        String plain = prefix.equals("null") ? "" : prefix;
        int from = plain.startsWith("/") ? 1 : 0;
        int to = plain.endsWith("/") ? plain.length() - 1 : plain.length();
        return from >= to ? "" : plain.substring(from, to);
    }

    private static Domain.@Nullable Auth auth(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return null;
        }
        if (!text(node, "type").equals("A")) {
            throw new IllegalArgumentException("unknown URL authentication type");
        }
        JsonNode backup = node.path("backupKey");
        return new Domain.Auth(
                text(node, "key"),
                backup.isTextual() ? backup.asText() : null,
                node.path("validitySeconds").asLong(VALIDITY_SECONDS));
    }

    private static Purge purge(JsonNode node) {
        JsonNode host = node.path("host");
        return new Purge(
                node.path("id").asLong(),
                Purges.Kind.valueOf(text(node, "kind").toUpperCase(Locale.ROOT)),
                host.isTextual() ? host.asText().toLowerCase(Locale.ROOT) : null,
                node.path("path").asText("/"));
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isTextual() || value.asText().isBlank()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value.asText();
    }
}
