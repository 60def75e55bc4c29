package io.millrace.media;

import java.util.List;
import java.util.Map;

/**
 * How the image work goes: now, and counted since the start.
 *
 * @param lanes the classes of work, from the lightest
 * @param joined requests answered by another one's computation
 * @param retried pictures done anew because a worker was lost
 * @param remembered requests refused at once, because their picture had failed before
 * @param turnedAway requests refused for want of a place or of time, by reason
 * @param gone requests whose client left before the answer
 * @param started worker processes started
 * @param ended worker processes that ended before their time, by reason
 */
public record ImageFigures(
        List<Lane> lanes,
        long joined,
        long retried,
        long remembered,
        Map<String, Long> turnedAway,
        long gone,
        long started,
        Map<String, Long> ended) {
    public ImageFigures {
        lanes = List.copyOf(lanes);
        turnedAway = Map.copyOf(turnedAway);
        ended = Map.copyOf(ended);
    }

    /**
     * One class of work.
     *
     * @param name {@code light}, {@code large} or {@code huge}
     * @param waiting pictures that wait for a worker now
     * @param running pictures being made now
     * @param workers processes there are now
     * @param begun pictures that got a worker
     * @param waitNanos how long those waited, in all
     * @param done pictures worked on
     * @param workNanos how long that took, in all
     * @param passedOn of those, found to be too much for this class
     */
    public record Lane(
            String name,
            int waiting,
            int running,
            int workers,
            long begun,
            long waitNanos,
            long done,
            long workNanos,
            long passedOn) {}

    /** The lane of that name. */
    public Lane lane(String name) {
        return lanes.stream().filter(l -> l.name().equals(name)).findFirst().orElseThrow();
    }
}
