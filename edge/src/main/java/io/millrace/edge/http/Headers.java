package io.millrace.edge.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in the order they came, names as sent, found without regard to case.
 *
 * <p>A look-up compares hashes before characters, so that a hit asks for a dozen names for the
 * price of a few integer comparisons. Not thread-safe while it is being filled.
 */
public final class Headers {
    private String[] names = new String[12];
    private String[] values = new String[12];
    private int[] hashes = new int[12];
    private int size;

    /** Adds a field at the end. */
    public Headers add(String name, String value) {
        return add(name, name.toLowerCase(Locale.ROOT).hashCode(), value);
    }

    /** Adds a field whose lower-case name has this {@link String#hashCode}. */
    Headers add(String name, int lowerCaseHash, String value) {
        if (size == names.length) {
            names = Arrays.copyOf(names, size * 2);
            values = Arrays.copyOf(values, size * 2);
            hashes = Arrays.copyOf(hashes, size * 2);
        }
        names[size] = name;
        values[size] = value;
        hashes[size++] = lowerCaseHash;
        return this;
    }

    public int size() {
        return size;
    }

    public String name(int index) {
        return names[index];
    }

    public String value(int index) {
        return values[index];
    }

    /** The first value of a field; {@code lowerCaseName} in lower case. */
    public @Nullable String get(String lowerCaseName) {
        int at = next(lowerCaseName, 0);
        return at < 0 ? null : values[at];
    }

    /** All values of a field joined by a comma, as RFC 9110 section 5.3 allows. */
    public @Nullable String joined(String lowerCaseName) {
        int at = next(lowerCaseName, 0);
        if (at < 0) {
            return null;
        }
        int second = next(lowerCaseName, at + 1);
        if (second < 0) {
            return values[at];
        }
        return String.join(", ", all(lowerCaseName));
    }

    /** Every value of a field, in order. */
    public List<String> all(String lowerCaseName) {
        List<String> found = new ArrayList<>(2);
        for (int i = next(lowerCaseName, 0); i >= 0; i = next(lowerCaseName, i + 1)) {
            found.add(values[i]);
        }
        return found;
    }

    public boolean has(String lowerCaseName) {
        return next(lowerCaseName, 0) >= 0;
    }

    /** How often a field stands here. */
    public int count(String lowerCaseName) {
        int count = 0;
        for (int i = next(lowerCaseName, 0); i >= 0; i = next(lowerCaseName, i + 1)) {
            count++;
        }
        return count;
    }

    /** Whether a comma-separated field holds this token, without regard to case. */
    public boolean hasToken(String lowerCaseName, String token) {
        for (int i = next(lowerCaseName, 0); i >= 0; i = next(lowerCaseName, i + 1)) {
            for (String part : values[i].split(",")) {
                if (part.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    public void forEach(BiConsumer<String, String> action) {
        for (int i = 0; i < size; i++) {
            action.accept(names[i], values[i]);
        }
    }

    /** Removes every field of that name. */
    public Headers remove(String lowerCaseName) {
        int kept = 0;
        int hash = lowerCaseName.hashCode();
        for (int i = 0; i < size; i++) {
            if (hashes[i] == hash && names[i].equalsIgnoreCase(lowerCaseName)) {
                continue;
            }
            names[kept] = names[i];
            values[kept] = values[i];
            hashes[kept++] = hashes[i];
        }
        size = kept;
        return this;
    }

    public Headers copy() {
        Headers copy = new Headers();
        copy.names = names.clone();
        copy.values = values.clone();
        copy.hashes = hashes.clone();
        copy.size = size;
        return copy;
    }

    private int next(String lowerCaseName, int from) {
        int hash = lowerCaseName.hashCode();
        for (int i = from; i < size; i++) {
            if (hashes[i] == hash && names[i].equalsIgnoreCase(lowerCaseName)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach((n, v) -> text.append(n).append(": ").append(v).append('\n'));
        return text.toString();
    }
}
