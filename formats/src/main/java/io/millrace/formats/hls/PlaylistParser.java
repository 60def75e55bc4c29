package io.millrace.formats.hls;

import io.millrace.formats.FormatException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads playlists strictly, for tests and for what others wrote: a rule of RFC 8216 broken is a
 * {@link FormatException}. Bounds: 16 MiB, 500,000 segments.
 */
public final class PlaylistParser {
    private static final int MAX_CHARACTERS = 16 << 20;
    private static final int MAX_SEGMENTS = 500_000;

    private int version = 1;
    private int target = -1;
    private long mediaSequence;
    private long discontinuitySequence;
    private MediaPlaylist.@Nullable Type type;
    private boolean independent;
    private boolean ended;
    private final List<MediaPlaylist.Segment> segments = new ArrayList<>();
    private final List<MasterPlaylist.Variant> variants = new ArrayList<>();

    private double duration = -1;
    private boolean discontinuity;
    private @Nullable Instant time;
    private MediaPlaylist.@Nullable ByteRange range;
    private MediaPlaylist.@Nullable Map map;
    private boolean gap;
    private @Nullable Map<String, String> variant;
    private long rangeEnd;

    private PlaylistParser() {}

    /** Parses a media playlist. */
    public static MediaPlaylist media(String text) {
        PlaylistParser p = new PlaylistParser();
        p.lines(text);
        if (p.target < 0) {
            throw FormatException.malformed("playlist without EXT-X-TARGETDURATION");
        }
        for (MediaPlaylist.Segment s : p.segments) {
            if (Math.round(s.durationSeconds()) > p.target) {
                throw FormatException.malformed(
                        "EXTINF " + s.durationSeconds() + " is above the target " + p.target);
            }
        }
        return new MediaPlaylist(
                p.version,
                p.target,
                p.mediaSequence,
                p.discontinuitySequence,
                p.type,
                p.independent,
                p.segments,
                p.ended);
    }

    /** Parses a multivariant playlist. */
    public static MasterPlaylist master(String text) {
        PlaylistParser p = new PlaylistParser();
        p.lines(text);
        if (p.variants.isEmpty()) {
            throw FormatException.malformed("multivariant playlist without a variant");
        }
        return new MasterPlaylist(p.independent, p.variants);
    }

    private void lines(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw FormatException.tooLarge("playlist of " + text.length() + " characters");
        }
        String[] lines = text.split("\r?\n", -1);
        if (!lines[0].equals("#EXTM3U")) {
            throw FormatException.malformed("playlist does not begin with #EXTM3U");
        }
        try {
            for (int i = 1; i < lines.length; i++) {
                if (lines[i].startsWith("#EXT")) {
                    tag(lines[i]);
                } else if (!lines[i].isBlank() && !lines[i].startsWith("#")) {
                    uri(lines[i]);
                }
            }
        } catch (NumberFormatException | DateTimeParseException e) {
            throw FormatException.malformed("playlist value: " + e.getMessage());
        }
    }

    private void tag(String line) {
        if (ended) {
            throw FormatException.malformed("a tag follows EXT-X-ENDLIST");
        }
        int colon = line.indexOf(':');
        String name = colon < 0 ? line : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        switch (name) {
            case "#EXT-X-VERSION" -> version = Integer.parseInt(value);
            case "#EXT-X-TARGETDURATION" -> target = Integer.parseInt(value);
            case "#EXT-X-MEDIA-SEQUENCE" -> mediaSequence = Long.parseLong(value);
            case "#EXT-X-DISCONTINUITY-SEQUENCE" -> discontinuitySequence = Long.parseLong(value);
            case "#EXT-X-PLAYLIST-TYPE" -> type = type(value);
            case "#EXT-X-INDEPENDENT-SEGMENTS" -> independent = true;
            case "#EXT-X-ENDLIST" -> ended = true;
            case "#EXTINF" -> duration = Double.parseDouble(value.split(",", 2)[0]);
            case "#EXT-X-DISCONTINUITY" -> discontinuity = true;
            case "#EXT-X-PROGRAM-DATE-TIME" -> time = OffsetDateTime.parse(value).toInstant();
            case "#EXT-X-BYTERANGE" -> range = range(value);
            case "#EXT-X-MAP" -> map = map(attributes(value));
            case "#EXT-X-GAP" -> gap = true;
            case "#EXT-X-STREAM-INF" -> variant = attributes(value);
            default -> {} // RFC 8216, 6.3.1: unknown tags are ignored
        }
    }

    private void uri(String line) {
        if (variant != null) {
            variants.add(variant(line, variant));
            variant = null;
            return;
        }
        if (duration < 0) {
            throw FormatException.malformed("a URI without EXTINF: " + line);
        }
        if (segments.size() == MAX_SEGMENTS) {
            throw FormatException.tooLarge("playlist of more than 500,000 segments");
        }
        segments.add(
                new MediaPlaylist.Segment(line, duration, discontinuity, time, range, map, gap));
        duration = -1;
        discontinuity = false;
        time = null;
        range = null;
        gap = false;
    }

    private static MasterPlaylist.Variant variant(String uri, Map<String, String> a) {
        String bandwidth = a.get("BANDWIDTH");
        if (bandwidth == null) {
            throw FormatException.malformed("EXT-X-STREAM-INF without BANDWIDTH");
        }
        String[] size = a.getOrDefault("RESOLUTION", "0x0").split("x", 2);
        if (size.length < 2) {
            throw FormatException.malformed("RESOLUTION without x");
        }
        return new MasterPlaylist.Variant(
                uri,
                Long.parseLong(bandwidth),
                Long.parseLong(a.getOrDefault("AVERAGE-BANDWIDTH", "0")),
                a.get("CODECS"),
                Integer.parseInt(size[0]),
                Integer.parseInt(size[1]),
                Double.parseDouble(a.getOrDefault("FRAME-RATE", "0")));
    }

    private static MediaPlaylist.Type type(String value) {
        return switch (value) {
            case "VOD" -> MediaPlaylist.Type.VOD;
            case "EVENT" -> MediaPlaylist.Type.EVENT;
            default -> throw FormatException.malformed("EXT-X-PLAYLIST-TYPE " + value);
        };
    }

    private MediaPlaylist.ByteRange range(String value) {
        String[] parts = value.split("@", 2);
        long length = Long.parseLong(parts[0]);
        long offset = parts.length == 2 ? Long.parseLong(parts[1]) : rangeEnd;
        rangeEnd = offset + length;
        return new MediaPlaylist.ByteRange(length, offset);
    }

    private MediaPlaylist.Map map(Map<String, String> a) {
        String uri = a.get("URI");
        if (uri == null) {
            throw FormatException.malformed("EXT-X-MAP without URI");
        }
        String range = a.get("BYTERANGE");
        return new MediaPlaylist.Map(uri, range == null ? null : range(range));
    }

    /** NAME=value,NAME="value": quotes are taken off. */
    static Map<String, String> attributes(String text) {
        Map<String, String> found = new HashMap<>();
        int at = 0;
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            if (equals < 0) {
                throw FormatException.malformed("attribute without a value: " + text);
            }
            String name = text.substring(at, equals).strip();
            boolean quoted = equals + 1 < text.length() && text.charAt(equals + 1) == '"';
            int from = quoted ? equals + 2 : equals + 1;
            int end = text.indexOf(quoted ? '"' : ',', from);
            if (end < 0) {
                if (quoted) {
                    throw FormatException.malformed("attribute's quote is open: " + text);
                }
                end = text.length();
            }
            found.put(name, text.substring(from, end));
            at = quoted ? end + 2 : end + 1;
        }
        return found;
    }
}
