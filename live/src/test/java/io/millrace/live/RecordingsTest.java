package io.millrace.live;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.live.Recordings.Removal;
import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.store.objects.PutObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ffmpeg pushed is told, downloaded, removed, and goes when its time has come. */
class RecordingsTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final int FRAMES = 100;

    @TempDir static Path files = Path.of("");
    private static Path source = Path.of("");

    @TempDir Path directory = Path.of("");
    private Rig rig;

    @BeforeAll
    static void encode() {
        source = Ffmpeg.source(files, 4, "320x180");
    }

    @BeforeEach
    void open() {
        rig = Rig.open(directory, o -> o.withReconnectGrace(Duration.ofMillis(500)));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** Pushes the source until its recording has ended and nobody works on it any more. */
    private Recording record(String name) {
        StreamInfo stream = rig.stream(name);
        int before = all(name).size();
        Ffmpeg.finish(Ffmpeg.push(source, rig.ingest(stream), false), 30);
        Rig.await(
                "the end of the recording",
                SOON,
                () ->
                        all(name).size() == before + 1
                                && all(name).getFirst().endedAt() != null
                                && rig.status(name).unsentSegments() == 0);
        Rig.await("the playlist object", SOON, () -> keys(name).contains(playlist(name)));
        return all(name).getFirst();
    }

    private String playlist(String name) {
        return all(name).getFirst().playlistKey();
    }

    private List<Recording> all(String name) {
        return rig.live.recordings().list(name, "", 100);
    }

    private List<String> keys(String name) {
        ListObjects list = new ListObjects("recordings", "live/" + name + "/", "", "", 1_000);
        return rig.store.objects().list(list).entries().stream().map(ObjectInfo::key).toList();
    }

    private void remove(Recording recording) {
        Rig.await(
                "its owner is done with it",
                SOON,
                () ->
                        rig.live
                                        .recordings()
                                        .remove(
                                                recording.stream(),
                                                recording.session(),
                                                (b, k) -> true)
                                instanceof Removal.Removed);
    }

    /** What somebody hears who may not delete the playlist. */
    private Optional<Removal> denied(Recording recording) {
        Removal answer =
                rig.live
                        .recordings()
                        .remove(
                                recording.stream(),
                                recording.session(),
                                (bucket, key) -> !key.equals(recording.playlistKey()));
        return Optional.of(answer).filter(a -> a instanceof Removal.Denied);
    }

    private static String file(Recording recording) {
        return "/_live/" + recording.stream() + "/" + recording.session() + "/recording.ts";
    }

    private byte[] bytes(Recording recording) throws IOException {
        PlaybackAnswer.File file =
                assertInstanceOf(PlaybackAnswer.File.class, rig.live.play(file(recording), ""));
        try (MediaBody body = file.media().body();
                InputStream in = body.open(0, body.lengthBytes())) {
            return in.readAllBytes();
        }
    }

    @Test
    void oneOfThemIsRemovedAndTheOthersStay() throws Exception {
        Recording first = record("show");
        Recording second = record("show");
        assertEquals(List.of(second, first), all("show"));
        Recordings recordings = rig.live.recordings();
        assertEquals(List.of(second), recordings.list("show", "", 1));
        assertEquals(List.of(first), recordings.list("show", second.session(), 1));
        assertEquals(List.of(), recordings.list("show", first.session(), 1));
        assertEquals(Optional.of(first), recordings.get("show", first.session()));
        byte[] kept = bytes(second);

        Rig.await("nobody works on it", SOON, () -> denied(first).isPresent());
        assertEquals(new Removal.Denied("recordings", first.playlistKey()), denied(first).get());
        assertEquals(List.of(second, first), all("show"));
        remove(first);
        assertEquals(List.of(second), all("show"));
        assertEquals(Optional.empty(), recordings.get("show", first.session()));
        assertInstanceOf(
                Removal.NotFound.class, recordings.remove("show", first.session(), (b, k) -> true));
        assertInstanceOf(PlaybackAnswer.NotFound.class, rig.live.play(first.playbackPath(), ""));
        assertInstanceOf(PlaybackAnswer.NotFound.class, rig.live.play(file(first), ""));
        Rig.await("its objects are gone", SOON, () -> keys("show").size() == second.segments() + 1);
        assertFalse(keys("show").contains(first.playlistKey()));
        assertTrue(keys("show").contains(second.playlistKey()));
        assertArrayEquals(kept, bytes(second));
        assertEquals(FRAMES, Ffmpeg.frames(rig.url(second.playbackPath()), "v:0"));
        rig.restart();
        assertEquals(List.of(second), all("show"));
        assertEquals(FRAMES, Ffmpeg.frames(rig.url("/_live/show/index.m3u8"), "v:0"));
    }

    @Test
    void aRecordingIsOneFileReadFromAnywhere() throws Exception {
        Recording recording = record("file");
        byte[] whole = bytes(recording);
        assertEquals(recording.bytes(), whole.length);
        assertEquals(FRAMES, Ffmpeg.frames(rig.url(file(recording)), "v:0"));
        PlaybackAnswer.File file = (PlaybackAnswer.File) rig.live.play(file(recording), "");
        assertEquals("file-" + recording.session() + ".ts", file.fileName());
        int segment = whole.length / (int) recording.segments();
        try (MediaBody body = file.media().body()) {
            for (int from : new int[] {0, 1, segment - 1, segment, whole.length - 1}) {
                int length = Math.min(segment + 3, whole.length - from);
                try (InputStream in = body.open(from, length)) {
                    ByteArrayOutputStream read = new ByteArrayOutputStream();
                    read.write(in.read());
                    in.transferTo(read);
                    assertArrayEquals(
                            Arrays.copyOfRange(whole, from, from + length), read.toByteArray());
                }
            }
            assertThrows(IndexOutOfBoundsException.class, () -> body.open(1, whole.length));
        }
    }

    @Test
    void aFileThatLacksASegmentBreaksOff() {
        Recording recording = record("broken");
        String last = keys("broken").stream().filter(k -> k.endsWith(".ts")).toList().getLast();
        byte[] longer = new byte[(int) recording.bytes() + 1];
        rig.store
                .objects()
                .put(
                        PutObject.of("recordings", last, longer.length),
                        new ByteArrayInputStream(longer));
        assertThrows(IOException.class, () -> bytes(recording));
        rig.store.objects().delete("recordings", last);
        assertThrows(IOException.class, () -> bytes(recording));
    }

    @Test
    void whatRunsIsNotRemoved() throws Exception {
        StreamInfo stream = rig.stream("runs");
        Process push = Ffmpeg.push(source, rig.ingest(stream), true);
        Rig.await("a segment", SOON, () -> rig.status("runs").segments() >= 1);
        Recording running = all("runs").getFirst();
        Removal refused = rig.live.recordings().remove("runs", running.session(), (b, k) -> true);
        assertInstanceOf(Removal.Running.class, refused);
        Ffmpeg.finish(push, 30);
        Rig.await("its end", SOON, () -> all("runs").getFirst().endedAt() != null);
        remove(running);
        assertEquals(List.of(), all("runs"));
    }

    @Test
    void whatIsOldGoesWhereTheStreamSaysSo() {
        Recording kept = record("kept");
        Recording old = record("old");
        Recordings recordings = rig.live.recordings();
        assertEquals(Optional.empty(), recordings.keeps("old"));
        assertTrue(recordings.keep("old", Optional.of(Duration.ofHours(2))));
        assertFalse(recordings.keep("none", Optional.of(Duration.ofHours(2))));
        for (Duration wrong : List.of(Duration.ofMinutes(59), Duration.ofDays(36_501))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> recordings.keep("old", Optional.of(wrong)));
        }
        rig.live.streams().rotateKey("old");
        rig.restart(Duration.ofMinutes(100));
        Recording young = record("old");
        assertEquals(List.of(young, old), all("old"));
        rig.restart(Duration.ofMinutes(30));
        assertEquals(Optional.of(Duration.ofHours(2)), rig.live.recordings().keeps("old"));
        Rig.await("the old one goes", SOON, () -> all("old").equals(List.of(young)));
        Rig.await("its objects, too", SOON, () -> keys("old").size() == young.segments() + 1);
        assertEquals(List.of(kept), all("kept"));
        assertTrue(rig.live.recordings().keep("old", Optional.empty()));
        rig.restart(Duration.ofDays(1_000));
        assertEquals(List.of(young), all("old"));
        assertEquals(Optional.empty(), rig.live.recordings().keeps("old"));
        // Another stream of the name comes first in each look; it removes nothing of the former.
        rig.live.streams().delete("kept");
        rig.stream("kept");
        Optional<Duration> shortly = Optional.of(Duration.ofHours(2));
        assertTrue(rig.live.recordings().keep("kept", shortly));
        assertTrue(rig.live.recordings().keep("old", shortly));
        Rig.await("the young one is old now", SOON, () -> all("old").isEmpty());
        assertEquals(List.of(kept), all("kept"));
    }
}
