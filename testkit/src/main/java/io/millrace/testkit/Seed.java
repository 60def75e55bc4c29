package io.millrace.testkit;

import java.util.Random;

/**
 * Seeded randomness for properties and fault simulation; the failure must print {@link #toString}.
 */
public final class Seed {
    private final long value;

    private Seed(long value) {
        this.value = value;
    }

    /** The seed in the system property {@code millrace.seed}, or a fresh one. */
    public static Seed fresh() {
        return new Seed(Long.getLong("millrace.seed", System.nanoTime()));
    }

    public Random random() {
        return new Random(value);
    }

    @Override
    public String toString() {
        return "run again with -Dmillrace.seed=" + value;
    }
}
