package io.millrace.media.image;

import java.time.Duration;

/**
 * How much work a picture is: each class has workers of its own, so that the heavier never keep the
 * lighter waiting, and the operating system prefers the lighter ones' processes.
 *
 * <p>A light worker reads the picture's header first and says what the work will cost; what costs
 * more than its class takes goes on to the next. The estimate needn't be right: what uses more
 * processor time than its class allows is stopped and moves up, too.
 */
public enum Weight {
    /** Thumbnails of photographs. */
    LIGHT(400, 5, 1024),
    /** Photographs written anew at full size, big PNGs. */
    LARGE(8_000, 10, 1024),
    /** Animations, and what is near the limits. */
    HUGE(0, 15, 1536);

    private final int mostMillis;
    private final int niceness;
    private final int megabytes;

    Weight(int mostMillis, int niceness, int megabytes) {
        this.mostMillis = mostMillis;
        this.niceness = niceness;
        this.megabytes = megabytes;
    }

    /** {@code light}, {@code large} or {@code huge}. */
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** What a picture may be expected to cost, in milliseconds of one core; 0 for anything. */
    int mostMillis() {
        return mostMillis;
    }

    /** Of its processes, 0–19. */
    int niceness() {
        return niceness;
    }

    /** The private memory of one of its processes; 50 megapixels as AVIF take 0.8 GB. */
    long memoryBytes() {
        return (long) megabytes << 20;
    }

    /** The class that this expected cost belongs to, and at least the one above this. */
    Weight above(long millis) {
        return this == LIGHT && millis <= LARGE.mostMillis ? LARGE : HUGE;
    }

    /** Workers at the most where {@code light} are allowed for light work. */
    int places(int light) {
        return switch (this) {
            case LIGHT -> light;
            case LARGE -> Math.max(1, light / 2);
            case HUGE -> Math.max(1, light / 4);
        };
    }

    /** The processor time that one picture may use, where {@code most} is the largest. */
    Duration cpu(Duration most) {
        return switch (this) {
            case LIGHT -> atLeastASecond(most.dividedBy(30));
            case LARGE -> atLeastASecond(most.dividedBy(4));
            case HUGE -> most;
        };
    }

    private static Duration atLeastASecond(Duration time) {
        return time.toSeconds() < 1 ? Duration.ofSeconds(1) : time;
    }
}
