package io.millrace.console;

import org.jspecify.annotations.Nullable;

/**
 * What the demo page shows; null for what does not run.
 *
 * @param stream the live stream's name
 * @param device the simulated camera's device id
 * @param bucket where the sample picture is
 * @param imageKey its key
 */
public record DemoInfo(
        @Nullable String stream,
        @Nullable String device,
        @Nullable String bucket,
        @Nullable String imageKey) {
    /** No demo. */
    public static final DemoInfo NONE = new DemoInfo(null, null, null, null);

    boolean any() {
        return stream != null || device != null || imageKey != null;
    }
}
