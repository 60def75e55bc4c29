package io.millrace.media;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the media module.
 *
 * @param imageWorkers most image workers at once for light work, 1–64; heavier work has half and a
 *     quarter as many of its own
 * @param videoWorkers most ffmpeg or ffprobe children at once, 1–64
 * @param queue most pictures of one class that wait for a worker; further ones get 503
 * @param imageDeadline the processor time that one image may use before its worker is killed
 * @param videoDeadline how long one snapshot or probe may take before its child is killed
 * @param libvips the shared library to load, a name or a path; null finds the system's {@code
 *     libvips.so.42}
 * @param ffmpeg the ffmpeg program, null finds it on the PATH; ffprobe is looked for beside it
 */
public record MediaOptions(
        int imageWorkers,
        int videoWorkers,
        int queue,
        Duration imageDeadline,
        Duration videoDeadline,
        @Nullable String libvips,
        @Nullable String ffmpeg) {

    public MediaOptions {
        requireRange("imageWorkers", imageWorkers, 1, 64);
        requireRange("videoWorkers", videoWorkers, 1, 64);
        requireRange("queue", queue, 0, 100_000);
    }

    /**
     * One worker of each kind per core, 256 waiting, a minute for an image, 20 s for a video,
     * engines of the system.
     */
    public static MediaOptions defaults() {
        int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64);
        return new MediaOptions(
                cores, cores, 256, Duration.ofSeconds(60), Duration.ofSeconds(20), null, null);
    }

    /** The library to load: the one given, or the system's by its name. */
    String libvipsOrSystem() {
        if (libvips != null) {
            return libvips;
        }
        boolean mac = System.getProperty("os.name", "").startsWith("Mac");
        return mac ? "libvips.42.dylib" : "libvips.so.42";
    }

    private static void requireRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; it must be " + least + "–" + most);
        }
    }
}
