package io.millrace.edge.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which URIs of a playlist get the viewer's proof. */
class PlaylistTest {
    private static final Proof PROOF = new Proof(1_800_000_000, "r", "u", "key");

    @Test
    void aStreamsPlaylistSpeaksForItsStreamAlone() {
        assertEquals(
                List.of(true, true, true, false, false, false),
                proven(
                        "/_live/demo/s1/source/media.m3u8",
                        "1.ts",
                        "../../source/2.ts",
                        "/_live/demo/3.ts",
                        "/_live/demo2/3.ts",
                        "../../../other/index.m3u8",
                        "/photos/secret.jpg"));
    }

    @Test
    void anUploadedPlaylistSpeaksForItsOwnDirectoryAlone() {
        assertEquals(
                List.of(true, true, false, false, false, false),
                proven(
                        "/media/mine/list.m3u8",
                        "1.ts",
                        "deeper/2.ts",
                        "../yours/1.ts",
                        "%2e%2e/yours/1.ts",
                        "/photos/secret.jpg",
                        "/_live/demo/index.m3u8"));
    }

    private static List<Boolean> proven(String path, String... uris) {
        String text = Playlist.parse(String.join("\n", uris) + "\n", path).provenBy(PROOF);
        return text.lines().map(line -> line.contains("auth_key=")).toList();
    }
}
