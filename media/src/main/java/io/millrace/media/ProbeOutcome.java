package io.millrace.media;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The facts of one media object, or the reason why it was set aside. */
public sealed interface ProbeOutcome {

    /**
     * An image.
     *
     * @param format {@code jpg}, {@code png}, {@code webp}, {@code gif}, {@code tiff}, {@code
     *     avif}, {@code heic} or {@code bmp}
     * @param width pixels, as stored (before the orientation is applied)
     * @param height pixels, as stored
     * @param frames 1, or more in an animation
     * @param orientation EXIF orientation 1–8; 1 when there is none
     * @param exif readable EXIF tags by name, such as {@code Model} or {@code DateTimeOriginal}
     */
    record Image(
            String format,
            int width,
            int height,
            int frames,
            int orientation,
            Map<String, String> exif)
            implements ProbeOutcome {
        public Image {
            exif = Map.copyOf(exif);
        }
    }

    /**
     * A video or audio file.
     *
     * @param container the short name of the container, such as {@code mp4}, {@code mpegts} or
     *     {@code mp3}
     * @param duration the length, zero when the container does not say
     * @param bitsPerSecond over all tracks, 0 when unknown
     * @param tracks each video and audio track, in the file's order
     */
    record Stream(String container, Duration duration, long bitsPerSecond, List<Track> tracks)
            implements ProbeOutcome {
        public Stream {
            tracks = List.copyOf(tracks);
        }
    }

    /** One track: a {@link Video} or an {@link Audio}. */
    sealed interface Track {}

    /**
     * Video: codec such as {@code h264}, width and height in pixels, frames per second (0 when
     * unknown).
     */
    record Video(String codec, int width, int height, double framesPerSecond) implements Track {}

    /** Audio: codec such as {@code aac}, samples per second, channels. */
    record Audio(String codec, int sampleRate, int channels) implements Track {}

    /** By its first bytes it is no image, video or sound that is known; nothing else was read. */
    record NoMedia() implements ProbeOutcome {}

    /** The object failed {@code failures} times and is not tried again until it changes. */
    record SetAside(int failures, String reason) implements ProbeOutcome {}
}
