package io.millrace.console;

import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import io.millrace.media.ProbeState;
import io.millrace.store.objects.ObjectInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an object was found to hold, as the console shows it.
 *
 * @param state {@code ok}, {@code no-media}, {@code failed}, {@code growing}, {@code live-segment}
 *     or {@code waiting}, of which only the last is to be asked again soon
 * @param message what the state means for this object; null when the facts say it all
 */
record ProbeJson(
        String state,
        String kind,
        String format,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Double durationSeconds,
        Map<String, String> details,
        @Nullable String message) {

    /** An object without facts. */
    static ProbeJson none(ProbeState state) {
        return switch (state) {
            case DONE, WAITING ->
                    none(
                            "waiting",
                            "Waiting for the probe; it looks at each new object within seconds.");
            case NO_MEDIA -> none("no-media", "It was looked at: no image, video or sound.");
            case FAILED -> none("failed", "It can't be read.");
            case GROWING ->
                    none("growing", "It can still grow; it is looked at when it is sealed.");
            case LIVE_SEGMENT ->
                    none(
                            "live-segment",
                            "A segment of a live stream; the stream's page has facts.");
        };
    }

    private static ProbeJson none(String state, String message) {
        return new ProbeJson(state, "", "", null, null, null, Map.of(), message);
    }

    /** What a probe found in the object as it is now. */
    static ProbeJson of(Probe probe, ObjectInfo now) {
        String note =
                probe.etag().equals(now.etag()) || now.sizeBytes() == probe.sizeBytes()
                        ? null
                        : "The object has changed since; the probe will look again.";
        Map<String, String> details = new LinkedHashMap<>();
        return switch (probe.outcome()) {
            case ProbeOutcome.Image i -> {
                if (i.frames() > 1) {
                    details.put("Frames", Integer.toString(i.frames()));
                }
                if (i.orientation() != 1) {
                    details.put("Orientation", Integer.toString(i.orientation()));
                }
                i.exif().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .limit(60)
                        .forEach(e -> details.put(e.getKey(), e.getValue()));
                yield new ProbeJson(
                        "ok", "image", i.format(), i.width(), i.height(), null, details, note);
            }
            case ProbeOutcome.Stream s -> stream(s, details, note);
            case ProbeOutcome.NoMedia _ -> none(ProbeState.NO_MEDIA);
            case ProbeOutcome.SetAside a ->
                    new ProbeJson(
                            "failed",
                            "",
                            "",
                            null,
                            null,
                            null,
                            Map.of("Tries", Integer.toString(a.failures())),
                            a.reason());
        };
    }

    private static ProbeJson stream(
            ProbeOutcome.Stream s, Map<String, String> details, @Nullable String note) {
        Integer width = null;
        Integer height = null;
        int number = 0;
        for (ProbeOutcome.Track track : s.tracks()) {
            number++;
            switch (track) {
                case ProbeOutcome.Video v -> {
                    width = width == null ? Integer.valueOf(v.width()) : width;
                    height = height == null ? Integer.valueOf(v.height()) : height;
                    details.put(
                            "Track " + number,
                            "%s, %d × %d, %.2f frames/s"
                                    .formatted(
                                            v.codec(), v.width(), v.height(), v.framesPerSecond()));
                }
                case ProbeOutcome.Audio a ->
                        details.put(
                                "Track " + number,
                                "%s, %d Hz, %s"
                                        .formatted(
                                                a.codec(), a.sampleRate(), channels(a.channels())));
            }
        }
        if (s.bitsPerSecond() > 0) {
            details.put("Bitrate", s.bitsPerSecond() / 1000 + " kbit/s");
        }
        double seconds = s.duration().toMillis() / 1000.0;
        return new ProbeJson(
                "ok",
                width == null ? "audio" : "video",
                s.container(),
                width,
                height,
                seconds > 0 ? seconds : null,
                details,
                note);
    }

    private static String channels(int count) {
        return count == 1 ? "1 channel" : count + " channels";
    }
}
