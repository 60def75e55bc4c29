package io.millrace.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.PutOutcome;
import io.millrace.work.Leases;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The module's door over a real store, with real libvips, ffmpeg and ffprobe. */
@Timeout(300)
final class MediaTest {
    private static final String BUCKET = "photos";
    private static final Asker SOMEBODY = Asker.patient("somebody");
    @TempDir static Path directory;
    private static RocksKeySpace keySpace;
    private static Leases leases;
    private static LocalExtents extents;
    private static Store store;
    private static Media media;

    @BeforeAll
    static void open() throws IOException {
        keySpace = RocksKeySpace.open(directory.resolve("keys"));
        leases = Leases.open(keySpace, "node", Leases.Options.standard(), MonotonicClock.system());
        extents =
                LocalExtents.open(
                        List.of(directory.resolve("volumes")),
                        ExtentsOptions.standard().withReserveBytes(0));
        store = Store.open(keySpace, leases, extents, StoreOptions.defaults(), Clocks.system());
        store.buckets().create(BUCKET, "root", BucketAcl.PRIVATE);
        media = Media.open(store, keySpace, leases, MediaOptions.defaults(), Clocks.system());
        put("a.jpg", Samples.picture(directory, "a.jpg"));
        put("clip.mp4", Samples.video(directory, "clip.mp4", 4));
    }

    @AfterAll
    static void close() {
        media.close();
        store.close();
        extents.close();
        leases.close();
        keySpace.close();
    }

    @Test
    void aStoredImageIsProcessed() throws IOException {
        ProcessPlan plan = media.plan(BUCKET, "a.jpg", "image/resize,w_100/format,png");
        assertEquals(List.of(new ObjectName(BUCKET, "a.jpg")), plan.reads());
        assertEquals(List.of(), plan.writes());
        var answer = assertInstanceOf(ProcessAnswer.Answer.class, media.run(plan, SOMEBODY));
        assertEquals("image/png", answer.contentType());
        assertEquals(List.of(100, 75), Samples.size(directory, answer.bytes()));
        assertEquals(
                Optional.of(new ProcessAnswer.Version(answer.etag(), answer.lastModified())),
                media.version(plan));
    }

    @Test
    void theEtagFollowsTheSourceAndTheProcess() throws IOException {
        put("e.png", Samples.picture(directory, "e.png"));
        String one = etag("e.png", "image/resize,w_100,h_50");
        assertEquals(one, etag("e.png", "image/resize,h_50,w_100"));
        assertNotEquals(one, etag("e.png", "image/resize,w_101,h_50"));
        put("e.png", Samples.picture(directory, "e.png", 300, 200));
        assertNotEquals(one, etag("e.png", "image/resize,w_100,h_50"));
    }

    @Test
    void refusalsAreInTheWordsOfTheApi() {
        assertRefused(404, "NoSuchKey", "nothing.jpg", "image/info");
        assertRefused(400, "InvalidArgument", "a.jpg", "image/resize,w_0");
        assertRefused(400, "MissingArgument", "a.jpg", "image/resize");
        assertRefused(404, "NoSuchStyle", "a.jpg", "style/thumb");
        assertRefused(400, "BadRequest", "a.jpg", "image/crop,x_400");
        assertRefused(400, "BadRequest", "clip.mp4", "image/resize,w_10");
        assertRefused(400, "InvalidArgument", "clip.mp4", "video/snapshot,t_-1");
        var noBucket =
                assertInstanceOf(
                        ProcessAnswer.Refused.class,
                        media.run(media.plan("nowhere", "a.jpg", "image/info"), SOMEBODY));
        assertEquals("404 NoSuchBucket", noBucket.status() + " " + noBucket.code());
    }

    /**
     * An ETag can be made to match: an answer is shared by whoever asks for the very same object.
     */
    @Test
    void anotherObjectWithTheSameBytesIsMadeForItself() throws Exception {
        byte[] bytes = Samples.picture(directory, "twin.jpg", 2000, 1500);
        put("twin-1.jpg", bytes);
        put("twin-2.jpg", bytes);
        long joined = media.imageFigures().joined();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var one = callers.submit(() -> processed("twin-1.jpg", "image/format,heic"));
            var two = callers.submit(() -> processed("twin-2.jpg", "image/format,heic"));
            assertTrue(one.get().length > 0 && two.get().length > 0);
        }
        assertEquals(joined, media.imageFigures().joined());
    }

    @Test
    void watermarkImagesAreNamedBeforeTheyAreRead() throws IOException {
        put("logo.png", Samples.picture(directory, "logo.png", 64, 64));
        String process = "image/watermark,image_" + base64("logo.png") + ",g_nw";
        ProcessPlan plan = media.plan(BUCKET, "a.jpg", process);
        assertEquals(
                List.of(new ObjectName(BUCKET, "a.jpg"), new ObjectName(BUCKET, "logo.png")),
                plan.reads());
        assertInstanceOf(ProcessAnswer.Answer.class, media.run(plan, SOMEBODY));
        assertRefused(400, "WatermarkError", "a.jpg", "image/watermark,image_" + base64("no.png"));
    }

    @Test
    void aResultCanBeStored() throws IOException {
        String process = "image/resize,w_50|sys/saveas,o_" + base64("out/small.jpg");
        ProcessPlan plan = media.plan(BUCKET, "a.jpg", process);
        assertEquals(List.of(new ObjectName(BUCKET, "out/small.jpg")), plan.writes());
        var answer = assertInstanceOf(ProcessAnswer.Answer.class, media.run(plan, SOMEBODY));
        String json = new String(answer.bytes(), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"status\":\"OK\""), json);
        byte[] stored =
                store.objects().open(BUCKET, "out/small.jpg").orElseThrow().stream().readAllBytes();
        assertEquals(List.of(50, 38), Samples.size(directory, stored));
    }

    @Test
    void snapshotsAreTakenAtTheirTime() throws IOException {
        byte[] first = processed("clip.mp4", "video/snapshot,t_0,f_png");
        byte[] later = processed("clip.mp4", "video/snapshot,t_2500,f_png");
        byte[] fast = processed("clip.mp4", "video/snapshot,t_2500,f_png,m_fast");
        assertEquals(List.of(640, 360), Samples.size(directory, later));
        assertTrue(Samples.distance(first, later) > 3);
        assertTrue(Samples.distance(later, frame(2.5)) < 1, "the frame at 2.5 s");
        assertTrue(Samples.distance(fast, frame(2.0)) < 1, "the keyframe before it");
        assertTrue(Samples.distance(fast, later) > 1);
    }

    @Test
    void snapshotsHaveTheSizeAndFormatAskedFor() throws IOException {
        var jpg =
                assertInstanceOf(
                        ProcessAnswer.Answer.class,
                        media.run(
                                media.plan(BUCKET, "clip.mp4", "video/snapshot,t_1000,w_320"),
                                SOMEBODY));
        assertEquals("image/jpeg", jpg.contentType());
        BufferedImage picture = Samples.decode(jpg.bytes());
        assertEquals(320, picture.getWidth());
        assertEquals(180, picture.getHeight());
        byte[] both = processed("clip.mp4", "video/snapshot,t_1000,w_100,h_100,f_jpg");
        assertEquals(List.of(100, 100), Samples.size(directory, both));
    }

    @Test
    void aPlaylistIsNoVideo() {
        put(
                "evil.mp4",
                "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(400, "BadRequest", "evil.mp4", "video/snapshot,t_0");
        put(
                "evil.txt",
                "ffconcat version 1.0\nfile '/etc/passwd'\n".getBytes(StandardCharsets.UTF_8));
        assertRefused(400, "BadRequest", "evil.txt", "video/snapshot,t_0");
    }

    @Test
    void aSnapshotPastTheEndIsTheLastPicture() throws IOException {
        byte[] mp4 = Samples.video(directory, "end.mp4", 2);
        for (String ending : List.of("mp4", "ts")) {
            Path file = directory.resolve("end." + ending);
            if (!ending.equals("mp4")) {
                Samples.run(
                        "ffmpeg",
                        "-v",
                        "error",
                        "-y",
                        "-i",
                        directory + "/end.mp4",
                        "-c",
                        "copy",
                        file.toString());
            }
            put("end." + ending, ending.equals("mp4") ? mp4 : Files.readAllBytes(file));
            Path last = directory.resolve("last.png");
            Samples.run(
                    "ffmpeg",
                    "-v",
                    "error",
                    "-y",
                    "-i",
                    file.toString(),
                    "-update",
                    "1",
                    last.toString());
            for (String time : List.of(ending.equals("ts") ? "600000" : "1999")) {
                byte[] taken = processed("end." + ending, "video/snapshot,f_png,t_" + time);
                double distance = Samples.distance(Files.readAllBytes(last), taken);
                assertTrue(distance < 0.01, ending + " at " + time + ": " + distance);
            }
        }
    }

    @Test
    void aSnapshotLiesAsItIsAskedTo() throws IOException {
        put("wide.mp4", Samples.video(directory, "wide.mp4", 1));
        String process = "video/snapshot,t_0,f_png,ar_";
        assertEquals(
                List.of(640, 360), Samples.size(directory, processed("wide.mp4", process + "w")));
        assertEquals(
                List.of(360, 640), Samples.size(directory, processed("wide.mp4", process + "h")));
        assertEquals(
                List.of(90, 160),
                Samples.size(directory, processed("wide.mp4", process + "h,w_90")));
    }

    @Test
    void withoutTheEnginesThereIs501AndAReason() throws IOException {
        MediaOptions d = MediaOptions.defaults();
        MediaOptions none =
                new MediaOptions(
                        1,
                        1,
                        1,
                        d.imageDeadline(),
                        d.videoDeadline(),
                        "libnowhere.so",
                        "/no/ffmpeg");
        try (Media bare = Media.open(store, keySpace, leases, none, Clocks.system())) {
            var image =
                    assertInstanceOf(
                            ProcessAnswer.Refused.class,
                            bare.run(bare.plan(BUCKET, "a.jpg", "image/info"), SOMEBODY));
            assertEquals("501 NotImplemented", image.status() + " " + image.code());
            assertTrue(image.message().contains("libvips"), image.message());
            var video =
                    assertInstanceOf(
                            ProcessAnswer.Refused.class,
                            bare.run(
                                    bare.plan(BUCKET, "clip.mp4", "video/snapshot,t_0"), SOMEBODY));
            assertEquals("501 NotImplemented", video.status() + " " + video.code());
            assertTrue(video.message().contains("ffmpeg"), video.message());
            MediaStatus status = bare.status();
            assertTrue(!status.images().available() && !status.video().available(), "" + status);
            assertTrue(status.images().detail().contains("libnowhere.so"), "" + status);
        }
        MediaStatus status = media.status();
        assertTrue(status.images().version().matches("8\\..*"), "" + status);
        assertTrue(status.video().available() && status.probes().available(), "" + status);
        assertTrue(!status.video().version().isEmpty(), "" + status);
    }

    @Test
    void uploadsAreProbed() throws Exception {
        Probe photo = awaitProbe("a.jpg", p -> true);
        var image = assertInstanceOf(ProbeOutcome.Image.class, photo.outcome());
        assertEquals(
                "jpg 400 300 1",
                image.format() + " " + image.width() + " " + image.height() + " " + image.frames());
        Probe clip = awaitProbe("clip.mp4", p -> true);
        var stream = assertInstanceOf(ProbeOutcome.Stream.class, clip.outcome());
        assertEquals("mp4", stream.container());
        assertEquals(4.0, stream.duration().toMillis() / 1000.0, 0.2);
        assertEquals(
                List.of(
                        new ProbeOutcome.Video("h264", 640, 360, 25.0),
                        new ProbeOutcome.Audio("aac", 44100, 1)),
                stream.tracks());
    }

    @Test
    void everyImageFormatIsProbed() throws Exception {
        for (String ending : List.of("png", "webp", "gif", "tif", "bmp", "heic", "avif")) {
            put("p." + ending, Samples.picture(directory, "p." + ending));
        }
        for (String ending : List.of("png", "webp", "gif", "tif", "bmp", "heic", "avif")) {
            Probe probe = awaitProbe("p." + ending, p -> true);
            var image = assertInstanceOf(ProbeOutcome.Image.class, probe.outcome(), ending);
            assertEquals("400×300", image.width() + "×" + image.height(), ending);
        }
    }

    @Test
    void probesFollowOverwritesAndDeletes() throws Exception {
        put("x.png", Samples.picture(directory, "x.png"));
        awaitProbe("x.png", p -> true);
        put("x.png", Samples.picture(directory, "x.png", 320, 200));
        awaitProbe("x.png", p -> p.outcome() instanceof ProbeOutcome.Image i && i.width() == 320);
        store.objects().delete(BUCKET, "x.png");
        assertEquals(Optional.empty(), media.probe(BUCKET, "x.png"));
    }

    @Test
    void aBrokenFileIsSetAsideOnce() throws Exception {
        byte[] whole = Samples.video(directory, "whole.mp4", 1);
        put("broken.mp4", Arrays.copyOf(whole, 300)); // no moov box
        Probe probe = awaitProbe("broken.mp4", p -> true);
        var aside = assertInstanceOf(ProbeOutcome.SetAside.class, probe.outcome());
        assertEquals(1, aside.failures());
        assertEquals(ProbeState.FAILED, media.probeState(BUCKET, "broken.mp4"));
        assertTrue(
                !aside.reason().isEmpty() && !aside.reason().contains("127.0.0.1"), aside.reason());
    }

    @Test
    void segmentsGrowingObjectsAndOtherFilesAreLeftAlone() throws Exception {
        byte[] segment = Samples.video(directory, "s.ts", 1);
        put("live/demo/source/0000000001.ts", segment);
        store.objects().append(AppendObject.of(BUCKET, "cam/1.ts", 0, segment.length), segment);
        put("notes.txt", "words".getBytes(StandardCharsets.UTF_8));
        put("after.png", Samples.picture(directory, "after.png"));
        awaitProbe("after.png", p -> true);
        Thread.sleep(1000);
        assertEquals(Optional.empty(), media.probe(BUCKET, "live/demo/source/0000000001.ts"));
        assertEquals(Optional.empty(), media.probe(BUCKET, "cam/1.ts"));
        assertEquals(
                new ProbeOutcome.NoMedia(),
                media.probe(BUCKET, "notes.txt").orElseThrow().outcome());
        assertEquals(
                ProbeState.LIVE_SEGMENT,
                media.probeState(BUCKET, "live/demo/source/0000000001.ts"));
        assertEquals(ProbeState.GROWING, media.probeState(BUCKET, "cam/1.ts"));
        assertEquals(ProbeState.NO_MEDIA, media.probeState(BUCKET, "notes.txt"));
        assertEquals(ProbeState.DONE, media.probeState(BUCKET, "after.png"));
        store.objects().seal(BUCKET, "cam/1.ts", segment.length);
        Probe sealed = awaitProbe("cam/1.ts", p -> true);
        assertInstanceOf(ProbeOutcome.Stream.class, sealed.outcome());
    }

    private static Probe awaitProbe(String key, Predicate<Probe> wanted) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (System.nanoTime() < end) {
            Optional<Probe> probe = media.probe(BUCKET, key).filter(wanted);
            if (probe.isPresent()) {
                return probe.get();
            }
            Thread.sleep(20);
        }
        throw new AssertionError("no probe of " + key);
    }

    private static byte[] processed(String key, String process) {
        ProcessAnswer answer = media.run(media.plan(BUCKET, key, process), SOMEBODY);
        return assertInstanceOf(ProcessAnswer.Answer.class, answer, "" + answer).bytes();
    }

    /** The frame at that time, as ffmpeg decodes it from the start. */
    private static byte[] frame(double seconds) throws IOException {
        Path out = directory.resolve("frame-" + seconds + ".png");
        Samples.run(
                "ffmpeg",
                "-v",
                "error",
                "-y",
                "-i",
                directory.resolve("clip.mp4").toString(),
                "-ss",
                Double.toString(seconds),
                "-frames:v",
                "1",
                out.toString());
        return java.nio.file.Files.readAllBytes(out);
    }

    private static String etag(String key, String process) {
        return media.version(media.plan(BUCKET, key, process)).orElseThrow().etag();
    }

    private static void assertRefused(int status, String code, String key, String process) {
        ProcessAnswer answer = media.run(media.plan(BUCKET, key, process), SOMEBODY);
        var refused = assertInstanceOf(ProcessAnswer.Refused.class, answer);
        assertEquals(
                status + " " + code, refused.status() + " " + refused.code(), refused.message());
    }

    private static void put(String key, byte[] bytes) {
        PutOutcome outcome =
                store.objects()
                        .put(
                                PutObject.of(BUCKET, key, bytes.length).with(ObjectMetadata.NONE),
                                bytes);
        assertInstanceOf(PutOutcome.Stored.class, outcome);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
