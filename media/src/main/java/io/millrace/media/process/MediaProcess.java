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
     * @param turn how it is to lie
     * @param format JPG or PNG
     */
    record Snapshot(
            long timeMillis, int width, int height, boolean fast, Turn turn, ImageFormat format)
            implements MediaProcess {
        @Override
        public String canonical() {
            return Canonical.snapshot(this);
        }
    }

    /** How a picture of a video lies: as the video says, or then turned to be high or wide. */
    enum Turn {
        AUTO,
        HIGH,
        WIDE
    }

    /**
     * Where {@code sys/saveas} stores the result: the key, and the bucket unless it is the
     * source's.
     */
    record SaveAs(String key, Optional<String> bucket) {}

    /** A process with its optional target. */
    record Request(MediaProcess process, Optional<SaveAs> saveAs) {}
}
