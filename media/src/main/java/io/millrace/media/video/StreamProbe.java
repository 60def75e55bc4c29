package io.millrace.media.video;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.kit.process.ChildResult;
import io.millrace.media.ProbeOutcome;
import io.millrace.media.process.RefusedException;
import io.millrace.store.objects.ObjectReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What ffprobe says of a video or audio object. */
public final class StreamProbe {
    private static final int MAX_OUTPUT_BYTES = 1 << 20;
    private static final int MAX_TRACKS = 32;

    private final Ffmpeg ffmpeg;
    private final ObjectMapper json = new ObjectMapper();

    public StreamProbe(Ffmpeg ffmpeg) {
        this.ffmpeg = ffmpeg;
    }

    /**
     * The facts. @throws RefusedException when ffprobe can't read the object, is missing or busy
     */
    public ProbeOutcome.Stream probe(ObjectReader object) {
        ChildResult.Exited result =
                ffmpeg.ffprobe(object, MAX_OUTPUT_BYTES, StreamProbe::arguments);
        if (result.exitCode() != 0) {
            throw RefusedException.badRequest(
                            "no video or sound that can be read: the file is broken or cut short")
                    .because(Snapshots.reason(result));
        }
        try {
            return parse(json.readTree(new String(result.output(), StandardCharsets.UTF_8)));
        } catch (JsonProcessingException e) {
            throw RefusedException.badRequest("ffprobe gave no JSON");
        }
    }

    private static List<String> arguments(List<String> input) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "-v",
                                "error",
                                "-probesize",
                                "5000000",
                                "-analyzeduration",
                                "5000000",
                                "-show_format",
                                "-show_streams",
                                "-of",
                                "json"));
        arguments.addAll(input);
        return arguments;
    }

    private static ProbeOutcome.Stream parse(JsonNode root) {
        JsonNode format = root.path("format");
        List<ProbeOutcome.Track> tracks = new ArrayList<>();
        for (JsonNode stream : root.path("streams")) {
            if (tracks.size() == MAX_TRACKS) {
                break;
            }
            switch (stream.path("codec_type").asText()) {
                case "video" -> tracks.add(video(stream));
                case "audio" ->
                        tracks.add(
                                new ProbeOutcome.Audio(
                                        stream.path("codec_name").asText("unknown"),
                                        stream.path("sample_rate").asInt(),
                                        stream.path("channels").asInt()));
                default -> {
                    // Subtitles, data and attachments are no facts that anybody asks for.
                }
            }
        }
        if (tracks.isEmpty()) {
            throw RefusedException.badRequest("no video or audio track was found");
        }
        double seconds = format.path("duration").asDouble(0);
        return new ProbeOutcome.Stream(
                container(format.path("format_name").asText("unknown")),
                Duration.ofMillis(Math.clamp(Math.round(seconds * 1000), 0, Long.MAX_VALUE)),
                format.path("bit_rate").asLong(0),
                tracks);
    }

    private static ProbeOutcome.Video video(JsonNode stream) {
        return new ProbeOutcome.Video(
                stream.path("codec_name").asText("unknown"),
                stream.path("width").asInt(),
                stream.path("height").asInt(),
                ratio(stream.path("avg_frame_rate").asText("0/1")));
    }

    /** {@code 30000/1001} to three decimals. */
    private static double ratio(String text) {
        String[] parts = text.split("/");
        try {
            double over = parts.length == 2 ? Double.parseDouble(parts[1]) : 1;
            return over == 0 ? 0 : Math.round(Double.parseDouble(parts[0]) / over * 1000) / 1000.0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** ffprobe names a family, {@code mov,mp4,m4a,…}; the name that people use of it. */
    private static String container(String names) {
        if (names.startsWith("mov,mp4")) {
            return "mp4";
        }
        return names.startsWith("matroska") ? "matroska" : names;
    }
}
