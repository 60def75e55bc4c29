package io.millrace.kit.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values of all known settings: the command line over the environment over the file over the
 * defaults.
 *
 * <p>An unknown key, in the file or in a {@code MILLRACE_*} variable, is an error that names the
 * nearest known one. Immutable.
 */
public final class Configuration {
    private static final long MAX_FILE_BYTES = 1 << 20;

    private static final String COMMAND_LINE = "the command line";

    private final Map<String, Setting> known;
    private final Map<String, Value> values;
    private final List<String> warnings;

    /** A text and where it came from. */
    record Value(String text, String origin) {
        @Override
        public String toString() {
            return "Value[of " + origin + "]";
        }
    }

    private Configuration(
            Map<String, Setting> known, Map<String, Value> values, List<String> warnings) {
        this.known = known;
        this.values = values;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads and checks every source.
     *
     * @param file the YAML file, or null for none
     * @param environment all variables; those that begin with MILLRACE_ must be known
     * @param otherVariables MILLRACE_* names with another meaning, which are left alone
     * @param overrides setting names to texts, from the command line
     * @throws ConfigException for an unknown key, a value of the wrong kind or an unreadable file
     */
    public static Configuration load(
            Collection<Setting> settings,
            @Nullable Path file,
            Map<String, String> environment,
            Collection<String> otherVariables,
            Map<String, String> overrides) {
        Map<String, Setting> known = new LinkedHashMap<>();
        settings.forEach(s -> known.put(s.name(), s));
        Secrets secrets = new Secrets(known);
        Map<String, Value> values = new LinkedHashMap<>();
        if (file != null) {
            Map<String, Value> written = new LinkedHashMap<>();
            readFile(secrets.known(), file, written);
            secrets.inSettings(file, written);
            secrets.read(written);
            values.putAll(written);
        }
        Map<String, Value> inherited = new LinkedHashMap<>();
        readEnvironment(secrets.known(), environment, otherVariables, inherited);
        secrets.read(inherited);
        values.putAll(inherited);
        Map<String, Value> typed = new LinkedHashMap<>();
        overrides.forEach((name, text) -> put(secrets.known(), typed, name, text, COMMAND_LINE));
        secrets.onCommandLine(overrides);
        secrets.read(typed);
        values.putAll(typed);
        Configuration configuration = new Configuration(known, values, secrets.warnings());
        known.values().forEach(configuration::check);
        return configuration;
    }

    private static void readFile(Map<String, Setting> known, Path file, Map<String, Value> values) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new ConfigException(file + " is larger than 1 MiB; is it the right file?");
            }
            JsonNode root = new YAMLMapper().readTree(Files.readString(file));
            if (root != null && !root.isMissingNode() && !root.isNull()) {
                flatten(known, "", root, file.toString(), values);
            }
        } catch (JsonProcessingException e) {
            throw new ConfigException(file + " is not valid YAML: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new ConfigException("Can't read " + file + ": " + e.getMessage());
        }
    }

    private static void flatten(
            Map<String, Setting> known,
            String prefix,
            JsonNode node,
            String origin,
            Map<String, Value> values) {
        if (node.isObject()) {
            node.properties()
                    .forEach(
                            field ->
                                    flatten(
                                            known,
                                            prefix.isEmpty()
                                                    ? field.getKey()
                                                    : prefix + "." + field.getKey(),
                                            field.getValue(),
                                            origin,
                                            values));
            return;
        }
        if (prefix.isEmpty()) {
            throw new ConfigException(
                    origin + " must hold keys and values, like 'data: /srv/millrace'");
        }
        String text;
        if (node.isArray()) {
            List<String> items = new ArrayList<>();
            node.forEach(item -> items.add(item.asText()));
            text = String.join(",", items);
        } else {
            text = node.isNull() ? "" : node.asText();
        }
        put(known, values, prefix, text, origin);
    }

    private static void readEnvironment(
            Map<String, Setting> known,
            Map<String, String> environment,
            Collection<String> otherVariables,
            Map<String, Value> values) {
        Map<String, String> names = new LinkedHashMap<>();
        known.values().forEach(s -> names.put(s.environmentName(), s.name()));
        environment.forEach(
                (variable, text) -> {
                    if (!variable.startsWith("MILLRACE_") || otherVariables.contains(variable)) {
                        return;
                    }
                    String name = names.get(variable);
                    if (name == null) {
                        throw new ConfigException(
                                "Unknown environment variable "
                                        + variable
                                        + nearest(variable, names.keySet()));
                    }
                    values.put(name, new Value(text, variable));
                });
    }

    private static void put(
            Map<String, Setting> known,
            Map<String, Value> values,
            String name,
            String text,
            String origin) {
        if (!known.containsKey(name)) {
            throw new ConfigException(
                    "Unknown key '" + name + "' in " + origin + nearest(name, known.keySet()));
        }
        values.put(name, new Value(text, origin));
    }

    private static String nearest(String wrong, Collection<String> candidates) {
        return candidates.stream()
                .min(java.util.Comparator.comparingInt(c -> distance(wrong, c)))
                .map(c -> ". Did you mean '" + c + "'?")
                .orElse("");
    }

    /** Levenshtein distance, with keys capped at 100 characters. */
    private static int distance(String a, String b) {
        String left = a.substring(0, Math.min(a.length(), 100));
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int cost = left.charAt(i - 1) == b.charAt(j - 1) ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.min(cost, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    /** What is wrong with how secrets were given, for people; never the secrets themselves. */
    public List<String> warnings() {
        return warnings;
    }

    private void check(Setting setting) {
        if (text(setting.name()).isEmpty()) {
            return;
        }
        switch (setting.kind()) {
            case TEXT, SECRET, LIST -> {}
            case NUMBER -> number(setting.name());
            case PORT -> port(setting.name());
            case FLAG -> flag(setting.name());
            case DURATION -> duration(setting.name());
            case BYTES -> bytes(setting.name());
        }
    }

    /** The text of a setting, empty when unset. */
    public String text(String name) {
        Setting setting = known.get(name);
        if (setting == null) {
            throw new IllegalArgumentException("no such setting: " + name);
        }
        Value value = values.get(name);
        return value == null ? setting.fallback() : value.text();
    }

    public Optional<String> optional(String name) {
        return Optional.of(text(name)).filter(t -> !t.isEmpty());
    }

    public List<String> list(String name) {
        return java.util.Arrays.stream(text(name).split(","))
                .map(String::trim)
                .filter(t -> !t.isEmpty())
                .toList();
    }

    public long number(String name) {
        try {
            return Long.parseLong(text(name).trim());
        } catch (NumberFormatException e) {
            throw wrong(name, "a whole number");
        }
    }

    public int port(String name) {
        long port = number(name);
        if (port < 0 || port > 65535) {
            throw wrong(name, "a port from 0 to 65535");
        }
        return (int) port;
    }

    public boolean flag(String name) {
        return switch (text(name).toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw wrong(name, "true or false");
        };
    }

    public Duration duration(String name) {
        String text = text(name).trim();
        int unit = endOfDigits(text);
        try {
            long count = Long.parseLong(text.substring(0, unit));
            return switch (text.substring(unit).trim()) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                case "d" -> Duration.ofDays(count);
                default -> throw wrong(name, "a duration like 500ms, 30s, 15m, 12h or 7d");
            };
        } catch (NumberFormatException | ArithmeticException e) {
            throw wrong(name, "a duration like 500ms, 30s, 15m, 12h or 7d");
        }
    }

    /** A size in bytes. */
    public long bytes(String name) {
        String text = text(name).trim();
        int unit = endOfDigits(text);
        try {
            long count = Long.parseLong(text.substring(0, unit));
            long factor =
                    switch (text.substring(unit).trim().toLowerCase(Locale.ROOT)) {
                        case "", "b" -> 1L;
                        case "kib", "k" -> 1L << 10;
                        case "mib", "m" -> 1L << 20;
                        case "gib", "g" -> 1L << 30;
                        case "tib", "t" -> 1L << 40;
                        default -> throw wrong(name, "a size like 64KiB, 256MiB or 10GiB");
                    };
            return Math.multiplyExact(count, factor);
        } catch (NumberFormatException | ArithmeticException e) {
            throw wrong(name, "a size like 64KiB, 256MiB or 10GiB");
        }
    }

    private static int endOfDigits(String text) {
        int i = 0;
        while (i < text.length() && Character.isDigit(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private ConfigException wrong(String name, String expected) {
        Value value = values.get(name);
        String origin = value == null ? "the defaults" : value.origin();
        return new ConfigException(
                "'"
                        + name
                        + "' in "
                        + origin
                        + " must be "
                        + expected
                        + ", not '"
                        + text(name)
                        + "'");
    }
}
