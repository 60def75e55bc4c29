package io.millrace.e2e.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.oss.OSS;
import io.millrace.e2e.Clients;
import io.millrace.e2e.ConsoleClient;
import io.millrace.e2e.ServerProcess;
import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.testkit.Seed;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many cameras that roll over again and again, append late and lose the server to kill −9: in the
 * end the playlists hold each byte from each object's first keyframe on, once.
 *
 * <p>Small here; {@code bench/cameras.sh} runs it with 100 cameras and 1,000 roll-overs.
 */
@Tag("realtime")
class ManyCamerasTest {
    private static final int CAMERAS = Integer.getInteger("millrace.cameras", 10);
    private static final int ROLL_OVERS = Integer.getInteger("millrace.camera.rollovers", 60);
    private static final int KILLS = Integer.getInteger("millrace.camera.kills", 2);
    private static final int LINES_A_PAGE = 7;
    private static final String BUCKET = "recordings";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir Path directory;

    private final Seed seed = Seed.fresh();
    private final Recorder.Tally tally = new Recorder.Tally();
    private final List<Recorder> cameras = new ArrayList<>();

    @Test
    void eachByteFromAnObjectsFirstKeyframeOnIsInThePlaylistsOnce() throws Exception {
        Clip clip = Clip.encode(directory, 60);
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"));
                ConsoleClient console = new ConsoleClient(server.console());
                HttpClient http = HttpClient.newHttpClient()) {
            OSS oss =
                    Clients.oss(server.object(), ServerProcess.KEY_ID, ServerProcess.SECRET, null);
            oss.createBucket(BUCKET);
            makeCameras(oss, clip);
            long began = System.nanoTime();
            record(server, console);
            long recorded = System.nanoTime();
            for (Recorder camera : cameras) {
                Archive archive = new Archive(console, server.edge(), http, camera.device);
                Coverage coverage = new Coverage(camera);
                awaitComplete(archive, coverage);
                coverage.assertPlayable(archive);
            }
            tell(recorded - began, System.nanoTime() - recorded);
        } catch (AssertionError e) {
            throw new AssertionError(seed.toString(), e);
        }
    }

    private void makeCameras(OSS oss, Clip clip) {
        Random random = seed.random();
        for (int i = 0; i < CAMERAS; i++) {
            int objects = 1 + ROLL_OVERS / CAMERAS + (i < ROLL_OVERS % CAMERAS ? 1 : 0);
            Random own = new Random(random.nextLong());
            cameras.add(new Recorder("cam" + i, BUCKET, oss, clip, objects, own, tally));
        }
    }

    private void record(ServerProcess server, ConsoleClient console) throws Exception {
        long bytes =
                cameras.stream()
                        .flatMap(c -> c.recordings.stream())
                        .mapToLong(r -> r.content.length)
                        .sum();
        for (Recorder camera : cameras) {
            String body = "{\"id\":\"%s\",\"bucket\":\"%s\",\"prefix\":\"%s/\"}";
            console.post("/api/devices", body.formatted(camera.device, BUCKET, camera.device));
        }
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
            List<Future<?>> running = new ArrayList<>();
            cameras.forEach(c -> running.add(threads.submit(c)));
            for (int kill = 1; kill <= KILLS; kill++) {
                long until = bytes * kill / (KILLS + 1);
                while (tally.bytes().get() < until && running.stream().anyMatch(r -> !r.isDone())) {
                    TimeUnit.MILLISECONDS.sleep(5);
                }
                server.kill();
                server.launch();
            }
            for (Future<?> camera : running) {
                camera.get();
            }
        }
    }

    private static void awaitComplete(Archive archive, Coverage coverage) throws Exception {
        String missing = "";
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
            String window = "from=0&to=" + System.currentTimeMillis();
            missing = coverage.missing(archive, archive.lines(window, LINES_A_PAGE));
            if (missing.isEmpty()) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(300);
        }
        throw new AssertionError(missing);
    }

    /** Which bytes of a camera's recordings its playlists hold. */
    private static final class Coverage {
        private final Recorder camera;
        private final Map<String, Recorder.Recording> known = new HashMap<>();
        private Map<String, List<MediaPlaylist.Segment>> objects = Map.of();

        Coverage(Recorder camera) {
            this.camera = camera;
        }

        /** What is wrong with these lines; empty when nothing is. */
        String missing(Archive archive, List<MediaPlaylist.Segment> lines) {
            objects = Archive.byObject(lines);
            if (objects.size() != camera.recordings.size()) {
                return camera.device
                        + ": "
                        + objects.size()
                        + " objects of "
                        + camera.recordings.size();
            }
            StringBuilder wrong = new StringBuilder();
            objects.forEach(
                    (name, ranges) -> {
                        Recorder.Recording of =
                                known.computeIfAbsent(
                                        name, n -> recording(archive.media(ranges.getFirst())));
                        String held = ranges(ranges);
                        String whole = of.first + "-" + of.content.length;
                        if (!held.equals(whole)) {
                            wrong.append(of.key + " has " + held + ", not " + whole + "; ");
                        }
                    });
            return wrong.toString();
        }

        private Recorder.Recording recording(byte[] bytes) {
            return camera.recordings.stream()
                    .filter(r -> Arrays.equals(r.content, bytes))
                    .findAny()
                    .orElseThrow(
                            () ->
                                    new AssertionError(
                                            camera.device
                                                    + " never recorded these "
                                                    + bytes.length
                                                    + " bytes"));
        }

        private static String ranges(List<MediaPlaylist.Segment> lines) {
            StringBuilder out = new StringBuilder();
            long end = -1;
            for (MediaPlaylist.Segment line : lines) {
                long from = line.range().offset();
                if (from != end) {
                    out.append(end < 0 ? "" : end + " ").append(from).append('-');
                }
                end = from + line.range().length();
            }
            return out.append(end).toString();
        }

        /** Each recording is another object, and lies where the camera says. */
        void assertPlayable(Archive archive) {
            assertEquals(camera.recordings.size(), known.values().stream().distinct().count());
            objects.forEach(
                    (name, ranges) -> {
                        Recorder.Recording of = known.get(name);
                        if (of.captured != null) {
                            assertEquals(of.captured, ranges.getFirst().programDateTime(), of.key);
                        }
                    });
        }
    }

    private void tell(long recordNanos, long indexNanos) throws Exception {
        long objects = cameras.stream().mapToLong(c -> c.recordings.size()).sum();
        String told =
                """
                cameras            %,d
                objects            %,d (%,d roll-overs)
                kill -9            %d
                appends            %,d, of them late %,d; answers lost or refused %,d
                bytes              %,d
                recorded in        %.1f s, starts of the server among them
                all checked after  %.1f s
                bytes from a first keyframe on that are missing or there twice: 0
                """
                        .formatted(
                                CAMERAS,
                                objects,
                                objects - CAMERAS,
                                KILLS,
                                tally.appends().get(),
                                tally.lateAppends().get(),
                                tally.lost().get(),
                                tally.bytes().get(),
                                recordNanos / 1e9,
                                indexNanos / 1e9);
        System.out.print(told);
        Files.writeString(Path.of("target", "cameras.txt"), told);
        assertTrue(tally.lateAppends().get() > ROLL_OVERS / 4, "too few late appends");
    }
}
