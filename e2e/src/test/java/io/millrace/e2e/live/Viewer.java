package io.millrace.e2e.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.access.FirstStart;
import io.millrace.app.MillraceServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody at the console: signs in, sets up streams, gets playback tokens; and a player's GETs.
 */
final class Viewer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern COOKIE = Pattern.compile("^([^=]+=[^;]+)");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String console;
    private final String edge;
    private final String cookie;
    private final String csrf;

    Viewer(MillraceServer server) throws Exception {
        console = "http://127.0.0.1:" + server.consolePort();
        edge = "http://127.0.0.1:" + server.edgePort();
        FirstStart first = server.firstStart().orElseThrow();
        HttpResponse<String> answer =
                http.send(
                        HttpRequest.newBuilder(URI.create(console + "/api/session"))
                                .header("Content-Type", "application/json")
                                .header("Origin", console)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                JSON.writeValueAsString(
                                                        Map.of(
                                                                "user", first.administrator(),
                                                                "password", first.password()))))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError("sign-in: " + answer.statusCode() + " " + answer.body());
        }
        Matcher matcher = COOKIE.matcher(answer.headers().firstValue("Set-Cookie").orElseThrow());
        matcher.find();
        cookie = matcher.group(1);
        csrf = JSON.readTree(answer.body()).path("csrf").asText();
    }

    /** POSTs JSON to the console as the signed-in user. */
    JsonNode post(String path, Map<String, ?> body) throws Exception {
        HttpResponse<String> answer =
                http.send(
                        HttpRequest.newBuilder(URI.create(console + path))
                                .header("Content-Type", "application/json")
                                .header("Origin", console)
                                .header("Cookie", cookie)
                                .header("Millrace-Csrf", csrf)
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                JSON.writeValueAsString(body)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    /** A playback token for one stream. */
    String token(String stream, long seconds) throws Exception {
        return post("/api/playback", Map.of("stream", stream, "seconds", seconds))
                .path("authKey")
                .asText();
    }

    /** The address of a stream's playlist at the edge with a token. */
    String playlist(String stream, String token) {
        return edge + "/_live/" + stream + "/index.m3u8?auth_key=" + token;
    }

    /** A GET through the edge of a path or a whole address. */
    HttpResponse<String> get(String address) throws IOException, InterruptedException {
        String url = address.startsWith("http") ? address : edge + address;
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofString(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    /** The lines of a playlist that are no tags, resolved against its address. */
    static List<String> uris(String base, String playlist) {
        return playlist.lines()
                .filter(l -> !l.isBlank() && !l.startsWith("#"))
                .map(l -> URI.create(base).resolve(l).toString())
                .toList();
    }
}
