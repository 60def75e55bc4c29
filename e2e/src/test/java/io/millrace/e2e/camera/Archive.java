package io.millrace.e2e.camera;

import io.millrace.e2e.ConsoleClient;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.formats.hls.PlaylistParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A camera's archive as a player gets it: through the edge, with a playback token, by pages. */
final class Archive {
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>; rel=\"next\"");

    private final HttpClient http;
    private final URI playlist;
    private final String proof;

    Archive(ConsoleClient console, URI edge, HttpClient http, String device) {
        this.http = http;
        this.playlist = edge.resolve("/_camera/" + device + "/index.m3u8");
        this.proof =
                console.post("/api/playback", "{\"device\":\"" + device + "\",\"seconds\":3600}")
                        .path("authKey")
                        .asText();
    }

    /** All lines of a window, page after page. */
    List<MediaPlaylist.Segment> lines(String fromTo, int limit) {
        List<MediaPlaylist.Segment> lines = new ArrayList<>();
        Optional<String> query = Optional.of("?" + fromTo + "&limit=" + limit);
        while (query.isPresent()) {
            HttpResponse<byte[]> page = get(playlist + query.get() + "&auth_key=" + proof);
            if (page.statusCode() == 404) {
                return lines;
            }
            if (page.statusCode() != 200) {
                throw new AssertionError(page.statusCode() + ": " + new String(page.body()));
            }
            MediaPlaylist part = PlaylistParser.media(new String(page.body()));
            lines.addAll(part.segments());
            query = page.headers().firstValue("Link").map(Archive::next);
        }
        return lines;
    }

    private static String next(String link) {
        Matcher matcher = NEXT.matcher(link);
        if (!matcher.find()) {
            throw new AssertionError("no next page in " + link);
        }
        return matcher.group(1).substring("index.m3u8".length());
    }

    /** Lines by the object that they are ranges of, in the order of its bytes. */
    static Map<String, List<MediaPlaylist.Segment>> byObject(List<MediaPlaylist.Segment> lines) {
        return lines.stream()
                .sorted(Comparator.comparingLong(s -> s.range().offset()))
                .collect(
                        Collectors.groupingBy(
                                s -> s.uri().replaceAll("\\?.*", ""),
                                TreeMap::new,
                                Collectors.toList()));
    }

    /** The bytes of one object, whole, as players read them. */
    byte[] media(MediaPlaylist.Segment line) {
        return get(playlist.resolve(line.uri()).toString()).body();
    }

    private HttpResponse<byte[]> get(String url) {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url)).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new AssertionError(url, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
