package io.millrace.testkit;

import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A wall clock and a monotonic clock that a test moves: together, or the wall clock alone as when
 * an administrator sets it. Thread-safe.
 */
public final class TestClock implements InstantSource {
    /**
     * An origin that is nobody's default; a reading overflows minutes later, as it may. Even,
     * because Caffeine rounds to that.
     */
    private static final long NANOS = Long.MAX_VALUE - 1 - Duration.ofMinutes(7).toNanos();

    private final InstantSource wallBase;
    private final MonotonicClock monotonicBase;
    private final AtomicReference<Duration> wallOffset = new AtomicReference<>(Duration.ZERO);
    private final AtomicLong monotonicOffset = new AtomicLong();
    private final Clocks clocks;

    private TestClock(InstantSource wallBase, MonotonicClock monotonicBase) {
        this.wallBase = wallBase;
        this.monotonicBase = monotonicBase;
        this.clocks = new Clocks(this, this::nanos);
    }

    /** Clocks that stand still until the test moves them. */
    public TestClock(Instant start) {
        this(() -> start, () -> NANOS);
    }

    /** Clocks that run with the machine's, from where the test moves them. */
    public static TestClock running() {
        return new TestClock(InstantSource.system(), MonotonicClock.system());
    }

    /** The wall clock. */
    @Override
    public Instant instant() {
        return wallBase.instant().plus(wallOffset.get());
    }

    private long nanos() {
        return monotonicBase.nanos() + monotonicOffset.get();
    }

    /** Both, for the part under test. */
    public Clocks clocks() {
        return clocks;
    }

    public MonotonicClock monotonic() {
        return clocks.monotonic();
    }

    /** Time passes: both clocks go on. */
    public void advance(Duration by) {
        monotonicOffset.addAndGet(by.toNanos());
        stepWall(by);
    }

    /** Somebody sets the wall clock, forwards or (negative) back; no time passes. */
    public void stepWall(Duration by) {
        wallOffset.updateAndGet(offset -> offset.plus(by));
    }
}
