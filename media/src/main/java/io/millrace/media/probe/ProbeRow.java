package io.millrace.media.probe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.keyspace.Keys;
import io.millrace.media.ObjectName;
import io.millrace.media.Probe;
import io.millrace.media.ProbeOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Probes as rows of family {@code P}; docs/formats/media.md. */
final class ProbeRow {
    static final char FAMILY = 'P';
    private static final int OBJECT = 'o';

    /** 1 had no {@code none}. */
    private static final byte VERSION = 2;

    private static final ObjectMapper JSON = new ObjectMapper();

    private ProbeRow() {}

    static byte[] key(long bucketId, String key) {
        return Keys.family(FAMILY).u8(OBJECT).u64(bucketId).text(key).done();
    }

    /** What every row's key begins with. */
    static byte[] prefix() {
        return Keys.family(FAMILY).u8(OBJECT).done();
    }

    static long bucketId(byte[] row) {
        return Keys.read(row, 2).u64();
    }

    static String objectKey(byte[] row) {
        return Keys.read(row, 2 + Long.BYTES).text();
    }

    static byte[] encode(Probe probe) {
        ObjectNode root = JSON.createObjectNode();
        root.put("etag", probe.etag());
        root.put("size", probe.sizeBytes());
        root.put("at", probe.probedAt().toEpochMilli());
        switch (probe.outcome()) {
            case ProbeOutcome.Image image -> image(root.putObject("image"), image);
            case ProbeOutcome.Stream stream -> stream(root.putObject("stream"), stream);
            case ProbeOutcome.NoMedia _ -> root.put("none", true);
            case ProbeOutcome.SetAside aside ->
                    root.putObject("aside")
                            .put("failures", aside.failures())
                            .put("reason", aside.reason());
        }
        try {
            byte[] json = JSON.writeValueAsBytes(root);
            byte[] value = new byte[1 + json.length];
            value[0] = VERSION;
            System.arraycopy(json, 0, value, 1, json.length);
            return value;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Probe decode(ObjectName object, byte[] value) {
        if (value.length == 0 || value[0] < 1 || value[0] > VERSION) {
            throw new IllegalStateException(
                    "a probe of the unknown version " + (value.length == 0 ? "none" : value[0]));
        }
        try {
            JsonNode root = JSON.readTree(Arrays.copyOfRange(value, 1, value.length));
            if (!root.path("etag").isTextual() || !root.path("size").isNumber()) {
                throw new IllegalStateException("a probe that does not say of what it is");
            }
            return new Probe(
                    object,
                    root.path("etag").asText(),
                    root.path("size").asLong(),
                    Instant.ofEpochMilli(root.path("at").asLong()),
                    outcome(root));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProbeOutcome outcome(JsonNode root) {
        if (root.has("image")) {
            JsonNode image = root.path("image");
            Map<String, String> exif = new LinkedHashMap<>();
            image.path("exif")
                    .properties()
                    .forEach(e -> exif.put(e.getKey(), e.getValue().asText()));
            return new ProbeOutcome.Image(
                    image.path("format").asText(),
                    image.path("width").asInt(),
                    image.path("height").asInt(),
                    image.path("frames").asInt(),
                    image.path("orientation").asInt(),
                    exif);
        }
        if (root.has("stream")) {
            JsonNode stream = root.path("stream");
            List<ProbeOutcome.Track> tracks = new ArrayList<>();
            stream.path("tracks").forEach(track -> tracks.add(track(track)));
            return new ProbeOutcome.Stream(
                    stream.path("container").asText(),
                    Duration.ofMillis(stream.path("millis").asLong()),
                    stream.path("bitsPerSecond").asLong(),
                    tracks);
        }
        if (root.path("none").asBoolean()) {
            return new ProbeOutcome.NoMedia();
        }
        JsonNode aside = root.path("aside");
        if (!aside.path("failures").isInt()) {
            throw new IllegalStateException("a probe that found nothing");
        }
        return new ProbeOutcome.SetAside(
                aside.path("failures").asInt(), aside.path("reason").asText());
    }

    private static ProbeOutcome.Track track(JsonNode track) {
        return track.path("kind").asText().equals("video")
                ? new ProbeOutcome.Video(
                        track.path("codec").asText(),
                        track.path("width").asInt(),
                        track.path("height").asInt(),
                        track.path("fps").asDouble())
                : new ProbeOutcome.Audio(
                        track.path("codec").asText(),
                        track.path("sampleRate").asInt(),
                        track.path("channels").asInt());
    }

    private static void image(ObjectNode node, ProbeOutcome.Image image) {
        node.put("format", image.format())
                .put("width", image.width())
                .put("height", image.height())
                .put("frames", image.frames())
                .put("orientation", image.orientation());
        ObjectNode exif = node.putObject("exif");
        image.exif().forEach(exif::put);
    }

    private static void stream(ObjectNode node, ProbeOutcome.Stream stream) {
        node.put("container", stream.container())
                .put("millis", stream.duration().toMillis())
                .put("bitsPerSecond", stream.bitsPerSecond());
        ArrayNode tracks = node.putArray("tracks");
        for (ProbeOutcome.Track track : stream.tracks()) {
            switch (track) {
                case ProbeOutcome.Video video ->
                        tracks.addObject()
                                .put("kind", "video")
                                .put("codec", video.codec())
                                .put("width", video.width())
                                .put("height", video.height())
                                .put("fps", video.framesPerSecond());
                case ProbeOutcome.Audio audio ->
                        tracks.addObject()
                                .put("kind", "audio")
                                .put("codec", audio.codec())
                                .put("sampleRate", audio.sampleRate())
                                .put("channels", audio.channels());
            }
        }
    }
}
