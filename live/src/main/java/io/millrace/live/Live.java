package io.millrace.live;

/**
 * Live video: publishers come in over RTMP, segments go to the store, players get playlists.
 *
 * <p>Opened as {@code Live.open(KeySpace, Store, Access, LiveOptions, InstantSource,
 * MeterRegistry)}; the door listens when it returns. Thread-safe.
 */
public interface Live extends AutoCloseable {
    Streams streams();

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
