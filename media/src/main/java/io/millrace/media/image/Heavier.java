package io.millrace.media.image;

/** The worker has read the header: the picture is too much work for its class. */
final class Heavier extends Exception {
    private final long millis;

    Heavier(long millis) {
        super("it is expected to take " + millis + " ms", null, false, false);
        this.millis = millis;
    }

    /** The processor time that it is expected to take. */
    long millis() {
        return millis;
    }
}
