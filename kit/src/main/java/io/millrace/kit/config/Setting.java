package io.millrace.kit.config;

/**
 * One known configuration key.
 *
 * @param name dotted, kebab-case: {@code doors.object.port}
 * @param kind how its text is read
 * @param fallback the text used when nothing sets it; empty means unset
 * @param help one line for people
 */
public record Setting(String name, Kind kind, String fallback, String help) {
    /** How the text of a setting is read. */
    public enum Kind {
        TEXT,
        /**
         * A text that is not shown; it may stand in a file instead, which the setting {@code
         * NAME-file} names.
         */
        SECRET,
        /** A whole number. */
        NUMBER,
        /** A TCP or UDP port, 0 (any free one) to 65535. */
        PORT,
        /** {@code true} or {@code false}. */
        FLAG,
        /** A number with ms, s, m, h or d: {@code 30s}. */
        DURATION,
        /** A number with B, KiB, MiB, GiB or TiB: {@code 256MiB}. */
        BYTES,
        /** Texts separated by commas; in YAML also a list. */
        LIST
    }

    /** The name of the setting that names a file with this secret. */
    String fileName() {
        return name + "-file";
    }

    /** The environment variable that sets it: {@code MILLRACE_DOORS_OBJECT_PORT}. */
    public String environmentName() {
        return environmentName(name);
    }

    static String environmentName(String name) {
        return "MILLRACE_"
                + name.replace('.', '_').replace('-', '_').toUpperCase(java.util.Locale.ROOT);
    }
}
