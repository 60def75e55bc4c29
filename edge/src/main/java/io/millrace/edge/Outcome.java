package io.millrace.edge;

/** Where an answer came from, as it is counted and written to the access log. */
enum Outcome {
    /** From the cache, and no byte of the origin was needed. */
    HIT("hit"),
    /** Bytes came from the origin: for this viewer, or for one who asked a moment before. */
    MISS("miss"),
    /** From the cache, after the origin said that it still holds. */
    REVALIDATED("revalidated"),
    /** From the cache, because the origin failed. */
    STALE("stale"),
    /** The edge's own words. */
    OWN("own");

    private final String word;

    Outcome(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
