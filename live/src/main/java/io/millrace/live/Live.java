package io.millrace.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.access.Access;
import io.millrace.keyspace.KeySpace;
import io.millrace.kit.Clocks;
import io.millrace.live.camera.Cameras;
import io.millrace.store.Store;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.Announcements;

/**
 * Live video: publishers come in over RTMP, segments go to the store, players get playlists.
 * Thread-safe.
 */
public interface Live extends AutoCloseable {
    /**
     * Opens the doors of live; the RTMP door listens when this returns. What it is given stays the
     * caller's to close, after this.
     *
     * @param keySpace holds the streams, their sessions and numbers
     * @param leases under which this node owns streams and follows the cameras
     * @param announcements told when streams start and end
     * @param access gives the key under which stream keys are sealed
     * @throws LiveException DOOR when a port is taken, SPOOL when the spool can't be used
     */
    static Live open(
            KeySpace keySpace,
            Leases leases,
            Store store,
            Access access,
            LiveOptions options,
            Announcements announcements,
            Clocks clocks,
            MeterRegistry metrics) {
        Cameras cameras = new Cameras(keySpace, store, access, clocks, metrics);
        return LiveService.open(
                keySpace,
                leases,
                store,
                StreamKeys.of(access),
                cameras,
                options,
                announcements,
                clocks,
                metrics);
    }

    Streams streams();

    /** What the streams left behind. */
    Recordings recordings();

    /** The cameras; they follow the store's change log from here. */
    Cameras cameras();

    /**
     * Answers a playback path. Whether the caller may play is decided before (action {@code
     * live:Play} on {@code _live/{stream}}, {@code camera:Play} on {@code _camera/{device}}).
     *
     * @param path decoded, beginning with {@code /_live/} or {@code /_camera/}
     * @param rawQuery without the question mark, empty when there is none
     */
    PlaybackAnswer play(String path, String rawQuery);

    /** The port that the RTMP door listens on, -1 when it is shut. */
    int rtmpPort();

    /** Ends publishers, keeps every finished segment (store or spool), shuts the doors. */
    @Override
    void close();
}
