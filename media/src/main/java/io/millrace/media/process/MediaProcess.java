package io.millrace.media.process;

import java.util.List;
import java.util.Optional;

/** A parsed {@code x-oss-process}. */
public sealed interface MediaProcess {

    /** The same process in one spelling: equal ones have equal texts. The parser reads it back. */
    String canonical();

    /** {@code image/…}: the operations in the order given, at least one. */
    record Image(List<ImageOperation> operations, String canonical) implements MediaProcess {
        public Image {
            operations = List.copyOf(operations);
        }
    }

    /**
     * {@code video/snapshot}.
     *
     * @param timeMillis where in the video, from its start
     * @param width pixels, 0 follows the height, or the video when both are 0
     * @param height likewise
     * @param fast whether the nearest keyframe before the time will do
     * @param autoRotate whether the video's rotation is applied
     * @param format JPG or PNG
     */
    record Snapshot(
            long timeMillis,
            int width,
            int height,
            boolean fast,
            boolean autoRotate,
            ImageFormat format,
            String canonical)
            implements MediaProcess {}

    /**
     * Where {@code sys/saveas} stores the result: the key, and the bucket unless it is the
     * source's.
     */
    record SaveAs(String key, Optional<String> bucket) {}

    /** A process with its optional target. */
    record Request(MediaProcess process, Optional<SaveAs> saveAs) {}
}
