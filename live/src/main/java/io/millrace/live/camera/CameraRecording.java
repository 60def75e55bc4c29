package io.millrace.live.camera;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One object of a camera, as far as the index knows it.
 *
 * @param arrived when its first bytes came
 * @param captured when the camera says that it began to be recorded, null when it says nothing
 * @param starts when its first picture was recorded, null before the first keyframe
 * @param ends when its last picture was recorded
 * @param firstByte where its first keyframe begins, -1 before there is one; what lies before it
 *     plays nowhere
 * @param indexedBytes every byte from the first keyframe up to here is in the playlists
 * @param damagedPlaces how many places of it are broken
 * @param damages the first of them
 */
public record CameraRecording(
        long incarnation,
        String bucket,
        String key,
        Instant arrived,
        @Nullable Instant captured,
        @Nullable Instant starts,
        @Nullable Instant ends,
        long firstByte,
        long indexedBytes,
        long segments,
        long damagedPlaces,
        List<Damage> damages) {
    /**
     * A broken place.
     *
     * @param kind {@code RESYNC}: {@code amount} bytes are no transport stream; {@code CONTINUITY}:
     *     {@code amount} packets are missing; {@code MALFORMED}: a packet contradicts the format
     */
    public record Damage(long offset, String kind, long amount) {}

    public CameraRecording {
        damages = List.copyOf(damages);
    }

    static CameraRecording of(
            CameraObject object, @Nullable SegmentRun first, @Nullable SegmentRun last) {
        return new CameraRecording(
                object.incarnation(),
                object.bucket(),
                object.key(),
                Instant.ofEpochMilli(object.arrivedMillis()),
                object.captureMillis() == MediaClock.NONE
                        ? null
                        : Instant.ofEpochMilli(object.captureMillis()),
                first == null ? null : Instant.ofEpochMilli(first.startMillis()),
                last == null ? null : Instant.ofEpochMilli(last.endMillis()),
                first == null ? -1 : first.offset(),
                object.cursor().countedBytes(),
                object.segments(),
                object.damages().places(),
                object.damages().first().stream()
                        .map(d -> new Damage(d.offset(), d.kind().name(), d.amount()))
                        .toList());
    }
}
