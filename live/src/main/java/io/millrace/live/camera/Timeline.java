package io.millrace.live.camera;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a camera recorded, in the order of time: runs by their start. Where two recordings overlap
 * (a backfill of what had arrived after all), both are there, each run whole: nothing that is
 * stored is hidden. Thread-safe.
 */
final class Timeline {
    /** The most lines that one playlist has. */
    static final int MOST_ENTRIES = 50_000;

    private static final int RUNS_A_READ = 64;
    private static final int SUMMARIES_A_READ = 1_000;

    private final CameraIndex index;

    Timeline(CameraIndex index) {
        this.index = index;
    }

    /**
     * A stretch of a timeline that is to be shown.
     *
     * @param after where the page before ended; empty for the first
     * @param limit lines at most
     */
    record Window(String device, long fromMillis, long toMillis, Optional<Place> after, int limit) {
        /** To its end, for a window that was seen to fit: it may have grown by a line since. */
        Window unlimited() {
            return new Window(device, fromMillis, toMillis, after, Integer.MAX_VALUE);
        }
    }

    /** A place between two lines: in the run that this names, at an offset of its object. */
    record Place(long startMillis, long incarnation, long runOffset, long offset) {
        static Place parse(String text) {
            String[] parts = text.split("\\.", -1);
            if (parts.length != 4) {
                throw new NumberFormatException("a place has four numbers");
            }
            return new Place(
                    Long.parseLong(parts[0]),
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]));
        }

        @Override
        public String toString() {
            return startMillis + "." + incarnation + "." + runOffset + "." + offset;
        }
    }

    /**
     * What a window holds.
     *
     * @param entries lines, at most: one more than the window's limit when there are more
     * @param longestTicks the longest line of them, 90 kHz
     */
    record Extent(long entries, int longestTicks) {}

    /** Looks through the timeline without reading segments. */
    Extent extent(Window window) {
        long entries = 0;
        int longest = 0;
        RunSummary from = first(window);
        while (entries <= window.limit()) {
            List<RunSummary> page =
                    index.timeline(window.device(), from, window.toMillis(), SUMMARIES_A_READ);
            for (RunSummary run : page) {
                from = next(run);
                if (run.endMillis() > window.fromMillis()) {
                    entries += run.entries();
                    longest = Math.max(longest, run.longestTicks());
                }
            }
            if (page.size() < SUMMARIES_A_READ) {
                break;
            }
        }
        return new Extent(entries, longest);
    }

    /**
     * Reads the lines of a window in their order.
     *
     * @return where the next page begins, empty when there is none
     */
    Optional<Place> read(Window window, Consumer<CameraSegment> lines) {
        int left = window.limit();
        RunSummary from = first(window);
        while (true) {
            List<RunSummary> page =
                    index.timeline(window.device(), from, window.toMillis(), RUNS_A_READ);
            for (SegmentRun run : index.runs(window.device(), page)) {
                for (CameraSegment line : run.playlist(window.fromMillis(), window.toMillis())) {
                    if (isBefore(run, line, window.after())) {
                        continue;
                    }
                    if (left-- == 0) {
                        return Optional.of(place(run, line));
                    }
                    lines.accept(line);
                }
            }
            if (page.size() < RUNS_A_READ) {
                return Optional.empty();
            }
            from = next(page.getLast());
        }
    }

    private static Place place(SegmentRun run, CameraSegment line) {
        return new Place(run.startMillis(), run.incarnation(), run.offset(), line.offset());
    }

    private static boolean isBefore(SegmentRun run, CameraSegment line, Optional<Place> after) {
        return after.isPresent()
                && run.startMillis() == after.get().startMillis()
                && run.incarnation() == after.get().incarnation()
                && run.offset() == after.get().runOffset()
                && line.offset() < after.get().offset();
    }

    private static RunSummary first(Window window) {
        if (window.after().isPresent()) {
            Place at = window.after().get();
            return new RunSummary(at.startMillis(), at.incarnation(), at.runOffset(), 0, 0, 0);
        }
        long start = Math.max(0, window.fromMillis() - SegmentRun.REACH_MILLIS);
        return new RunSummary(start, 0, 0, 0, 0, 0);
    }

    private static RunSummary next(RunSummary last) {
        return new RunSummary(last.startMillis(), last.incarnation(), last.offset() + 1, 0, 0, 0);
    }
}
