package io.millrace.live.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.hls.MediaPlaylist;
import io.millrace.live.PlaybackAnswer;
import io.millrace.store.StoreOptions;
import io.millrace.store.objects.ObjectInfo;
import io.millrace.testkit.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every byte that a camera stored is playable. */
@Timeout(300)
class CamerasTest {
    @TempDir Path directory;

    @Test
    void noByteFallsOutWhenACameraRollsOverWhileWorkWaits() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(90_000);
            List<ObjectInfo> objects = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                rig.append("cam/%03d.ts".formatted(i), camera.seconds(2));
                objects.add(rig.append("cam/%03d.ts".formatted(i), camera.seconds(1)));
            }
            rig.started();
            objects.forEach(o -> rig.awaitIndexed(o, "cam"));
            rig.assertPlayed("cam", objects.stream().mapToLong(ObjectInfo::sizeBytes).sum());
        }
    }

    @Test
    void whatIsAppendedRightAfterTheRegistrationIsIndexed() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("early");
            FakeCamera camera = new FakeCamera(0);
            rig.awaitIndexed(rig.append("early/a.ts", camera.seconds(2)), "early");
            rig.register("cam");
            rig.awaitIndexed(rig.append("cam/a.ts", new FakeCamera(0).seconds(2)), "cam");
        }
    }

    @Test
    void aLateAppendToAnOlderObjectIsIndexedAndLeavesTheLiveEndAlone() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera first = new FakeCamera(0);
            byte[] late = first.seconds(4);
            rig.awaitIndexed(rig.append("cam/a.ts", Arrays.copyOf(late, late.length / 2)), "cam");
            FakeCamera second = new FakeCamera(900_000);
            rig.awaitIndexed(rig.append("cam/b.ts", second.seconds(3)), "cam");
            MediaPlaylist before = rig.live("cam").orElseThrow();
            ObjectInfo grown =
                    rig.append("cam/a.ts", Arrays.copyOfRange(late, late.length / 2, late.length));
            rig.awaitIndexed(grown, "cam");
            assertGoesOn(before, rig.live("cam").orElseThrow());
            rig.restart();
            ObjectInfo again = rig.append("cam/a.ts", first.seconds(2));
            rig.awaitIndexed(again, "cam");
        }
    }

    /** The same, but for the last group of the leading object, which counts after some silence. */
    private static void assertGoesOn(MediaPlaylist before, MediaPlaylist after) {
        int count = before.segments().size();
        assertEquals(before.mediaSequence(), after.mediaSequence());
        assertEquals(before.segments(), after.segments().subList(0, count));
        String leading = before.segments().getLast().uri();
        for (MediaPlaylist.Segment more :
                after.segments().subList(count, after.segments().size())) {
            assertEquals(leading, more.uri());
        }
    }

    @Test
    void theLastGroupOfACameraThatDiedCountsAfterFiveSecondsOfSilence() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ObjectInfo object = rig.append("cam/a.ts", camera.seconds(3));
            rig.await(
                    "the last second in the live playlist",
                    () -> rig.live("cam").map(CameraRig::bytes).orElse(0L) == object.sizeBytes());
            rig.awaitIndexed(object, "cam");
            ObjectInfo back = rig.append("cam/a.ts", camera.seconds(2));
            rig.awaitIndexed(back, "cam");
            rig.await(
                    "each byte once in the live playlist",
                    () -> rig.live("cam").map(CameraRig::bytes).orElse(0L) == back.sizeBytes());
        }
    }

    @Test
    void theLastGroupBeforeARollOverIsLiveBeforeTheNextObject() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ObjectInfo a = rig.append("cam/a.ts", camera.seconds(3));
            rig.append("cam/b.ts", camera.seconds(3));
            rig.await("both are live", () -> liveObjects(rig).size() == 2);
            List<MediaPlaylist.Segment> lines = rig.live("cam").orElseThrow().segments();
            long ofA =
                    lines.stream()
                            .filter(l -> l.uri().equals(a.incarnation() + ".ts"))
                            .mapToLong(l -> l.range().length())
                            .sum();
            assertEquals(a.sizeBytes(), ofA);
        }
    }

    private static List<String> liveObjects(CameraRig rig) {
        return rig.live("cam").stream()
                .flatMap(p -> p.segments().stream())
                .map(MediaPlaylist.Segment::uri)
                .distinct()
                .toList();
    }

    @Test
    void whatTheTrimmedLogNoLongerTellsIsFoundByLooking() throws Exception {
        StoreOptions d = StoreOptions.defaults();
        StoreOptions forgetful =
                new StoreOptions(
                        d.region(),
                        d.inlineBytes(),
                        d.minPartBytes(),
                        Duration.ZERO,
                        d.grace(),
                        d.uploadExpiry(),
                        Duration.ofMillis(1),
                        Duration.ZERO,
                        d.scrub());
        try (CameraRig rig = new CameraRig(directory, forgetful).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ObjectInfo gone = rig.append("cam/gone.ts", camera.seconds(2));
            rig.awaitIndexed(gone, "cam");
            rig.stop();
            List<ObjectInfo> unseen = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                unseen.add(rig.append("cam/" + i + ".ts", camera.seconds(2)));
            }
            rig.store.objects().delete(CameraRig.BUCKET, "cam/gone.ts");
            rig.clock.advance(Duration.ofSeconds(1));
            rig.store.maintain();
            long trimmed =
                    IntStream.range(0, 64).mapToLong(s -> rig.store.changes().trimmed(s)).sum();
            assertTrue(trimmed >= 7, "trimmed " + trimmed);
            rig.restart();
            unseen.forEach(o -> rig.awaitIndexed(o, "cam"));
            rig.await(
                    "the deleted object is forgotten",
                    () -> rig.index.object("cam", gone.incarnation()).isEmpty());
        }
    }

    @Test
    void aBackfillLandsWhereTheCameraSaysThatItHappened() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ObjectInfo live = rig.append("cam/live.ts", camera.seconds(3));
            rig.awaitIndexed(live, "cam");
            MediaPlaylist before = rig.live("cam").orElseThrow();
            Instant captured = Instant.parse("2026-01-31T12:00:00.250Z");
            byte[] card = new FakeCamera(5_000_000).seconds(20);
            ObjectInfo backfill =
                    rig.append("cam/card.ts", card, CameraRig.captured(captured.toString()));
            rig.awaitIndexed(backfill, "cam");
            MediaPlaylist there =
                    CameraRig.parsed(
                            rig.past("cam", "from=2026-01-31T12:00:00Z&to=2026-01-31T12:01:00Z"));
            assertEquals(card.length, CameraRig.bytes(there));
            assertEquals(captured, there.segments().getFirst().programDateTime());
            MediaPlaylist cut =
                    CameraRig.parsed(
                            rig.past("cam", "from=2026-01-31T12:00:10Z&to=2026-01-31T12:00:12Z"));
            assertEquals(captured.plusSeconds(9), cut.segments().getFirst().programDateTime());
            assertEquals(before, rig.live("cam").orElseThrow());
            rig.assertPlayed("cam", live.sizeBytes() + card.length);
        }
    }

    @Test
    void theCamerasClockIsNotBelievedWhenItIsAheadOrAbsurd() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            Instant now = rig.clock.instant();
            List<String> times =
                    List.of(now.plusSeconds(600).toString(), "yesterday", "1", "99999999999999");
            for (int i = 0; i < times.size(); i++) {
                byte[] bytes = new FakeCamera(0).seconds(2);
                ObjectInfo object =
                        rig.append("cam/" + i + ".ts", bytes, CameraRig.captured(times.get(i)));
                rig.awaitIndexed(object, "cam");
                Instant start =
                        Instant.ofEpochMilli(
                                rig.index
                                        .runs("cam", object.incarnation(), 0)
                                        .getFirst()
                                        .startMillis());
                assertTrue(
                        !start.isAfter(rig.clock.instant()) && start.isAfter(now.minusSeconds(10)),
                        times.get(i) + " gave " + start);
            }
        }
    }

    @Test
    void moreThanAThousandObjectsAreAllInTheWindow() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            int bytes = 0;
            ObjectInfo last = null;
            for (int i = 0; i < 1_100; i++) {
                byte[] second = new FakeCamera(0).second();
                bytes += second.length;
                last = rig.append("cam/%04d.ts".formatted(i), second);
            }
            rig.started();
            rig.awaitIndexed(last, "cam");
            long all = bytes;
            rig.await(
                    "all objects are in the playlist",
                    () -> {
                        PlaybackAnswer answer = rig.play("cam", "from=0");
                        return answer instanceof PlaybackAnswer.LongPlaylist playlist
                                && CameraRig.bytes(CameraRig.parsed(playlist)) == all;
                    });
        }
    }

    @Test
    void thirtyDaysAreCompleteByPagesAndNeverCutInSilence() {
        try (CameraRig rig = new CameraRig(directory)) {
            rig.register("cam");
            rig.invented = true;
            OwnedIndex index = rig.owned();
            index.markCurrent();
            long start = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
            int seconds = 30 * 24 * 3_600;
            long bytes = 0;
            for (int at = 0; at < seconds; at += 3_600) {
                bytes += hour(index, at / 3_600 + 1, start + at * 1_000L);
            }
            String range = "from=" + start + "&to=" + (start + seconds * 1_000L);
            PlaybackAnswer.BadRequest refused =
                    assertInstanceOf(PlaybackAnswer.BadRequest.class, rig.play("cam", range));
            assertTrue(refused.reason().contains("'limit'"), refused.reason());
            assertTrue(refused.reason().contains("'page'"), refused.reason());
            long paged = 0;
            int pages = 0;
            Optional<String> query = Optional.of(range + "&limit=50000");
            while (query.isPresent()) {
                PlaybackAnswer.LongPlaylist page = rig.past("cam", query.get());
                paged += CameraRig.bytes(CameraRig.parsed(page));
                pages++;
                query = page.next().map(n -> n.substring("index.m3u8?".length()));
            }
            assertEquals(bytes, paged);
            assertEquals(9, pages, "2,592,000 segments of a second, six in a line");
        }
    }

    /** An hour of seconds in the index, as a scan would have written it; answers its bytes. */
    private static long hour(OwnedIndex index, long incarnation, long startMillis) {
        List<SegmentRun> runs = new ArrayList<>();
        List<CameraSegment> row = new ArrayList<>();
        for (int i = 0; i < 3_600; i++) {
            row.add(
                    new CameraSegment(
                            incarnation,
                            i * 1_000L,
                            1_000,
                            90_000,
                            startMillis + i * 1_000L,
                            false));
            if (row.size() == 120) {
                runs.add(new SegmentRun(row));
                row.clear();
            }
        }
        CameraObject object =
                new CameraObject(
                        "cam",
                        1,
                        CameraRig.BUCKET,
                        "cam/" + incarnation,
                        incarnation,
                        startMillis,
                        MediaClock.NONE,
                        3_600,
                        ScanCursor.START,
                        Damages.NONE);
        index.save(object, runs, List.of(), null);
        return 3_600_000;
    }

    @Test
    void stopsAndStartsAtAnyMomentLoseNothingAndIndexNothingTwice() {
        Seed seed = Seed.fresh();
        Random random = seed.random();
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            List<ObjectInfo> objects = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                String key = "cam/" + i + ".ts";
                byte[] bytes = camera.seconds(1 + random.nextInt(5));
                int cut = random.nextInt(bytes.length);
                rig.append(key, Arrays.copyOf(bytes, cut));
                if (random.nextInt(3) == 0) {
                    rig.restart();
                }
                rig.clock.advance(Duration.ofSeconds(random.nextInt(7)));
                objects.add(rig.append(key, Arrays.copyOfRange(bytes, cut, bytes.length)));
                if (random.nextInt(4) == 0) {
                    camera.jumpTo(random.nextInt(1 << 30));
                }
                if (i > 2 && random.nextInt(3) == 0) {
                    int older = random.nextInt(objects.size() - 1);
                    objects.set(
                            older,
                            rig.append(objects.get(older).key(), new FakeCamera(77).seconds(2)));
                }
            }
            objects.forEach(o -> rig.awaitIndexed(o, "cam"));
            rig.assertPlayed("cam", objects.stream().mapToLong(ObjectInfo::sizeBytes).sum());
        } catch (AssertionError e) {
            throw new AssertionError(seed.toString(), e);
        }
    }

    @Test
    void damageInTheMiddleIsToldAndTheIndexGoesOnAtTheNextKeyframe() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(new byte[300]); // no transport stream at all
            bytes.writeBytes(camera.seconds(3));
            int broken = bytes.size();
            byte[] garbage = new byte[50_001];
            new Random(7).nextBytes(garbage);
            bytes.writeBytes(garbage);
            int whole = bytes.size();
            bytes.writeBytes(camera.seconds(3));
            ObjectInfo object = rig.append("cam/a.ts", bytes.toByteArray());
            rig.await(
                    "every byte from the first keyframe on",
                    () ->
                            rig.coverage("cam", object.incarnation())
                                    .equals("300-" + object.sizeBytes()));
            assertTrue(
                    rig.index.runs("cam", object.incarnation(), 0).stream()
                            .flatMap(r -> r.segments().stream())
                            .anyMatch(s -> s.offset() == whole),
                    "a segment begins right behind the damage");
            CameraRecording told = rig.cameras.recordings("cam", 0, 10).getFirst();
            assertEquals(300, told.firstByte());
            assertEquals(object.sizeBytes(), told.indexedBytes());
            long skipped =
                    told.damages().stream()
                            .filter(d -> d.kind().equals("RESYNC"))
                            .filter(d -> d.offset() >= broken - 188 && d.offset() < whole)
                            .mapToLong(CameraRecording.Damage::amount)
                            .sum();
            assertTrue(skipped > garbage.length * 0.9, told.toString());
            long places = told.damagedPlaces();
            ObjectInfo grown = rig.append("cam/a.ts", camera.seconds(2));
            rig.restart();
            rig.await(
                    "read on from the cursor",
                    () ->
                            rig.coverage("cam", object.incarnation())
                                    .equals("300-" + grown.sizeBytes()));
            assertEquals(places, rig.cameras.recordings("cam", 0, 10).getFirst().damagedPlaces());
        }
    }

    @Test
    void moreObjectsThanThereIsRoomForAreAllIndexedWhileAllOfThemGrow() {
        try (CameraRig rig = new CameraRig(directory, StoreOptions.defaults(), 3).started()) {
            List<FakeCamera> cameras = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                rig.register("cam" + i);
                cameras.add(new FakeCamera(0));
            }
            List<ObjectInfo> objects = new ArrayList<>();
            for (int round = 0; round < 5; round++) {
                objects.clear();
                for (int i = 0; i < 12; i++) {
                    objects.add(rig.append("cam" + i + "/a.ts", cameras.get(i).seconds(1)));
                }
            }
            for (int i = 0; i < 12; i++) {
                rig.awaitIndexed(objects.get(i), "cam" + i);
            }
        }
    }

    @Test
    void anOlderObjectIsTheLivePictureAgainWhenTheNewerOneHasLongBeenSilent() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            rig.awaitIndexed(rig.append("cam/day.ts", camera.seconds(3)), "cam");
            rig.awaitIndexed(rig.append("cam/trial.ts", new FakeCamera(0).seconds(2)), "cam");
            rig.clock.advance(Duration.ofMinutes(1));
            ObjectInfo day = rig.append("cam/day.ts", camera.seconds(3));
            rig.await(
                    "the day's new seconds are live",
                    () -> {
                        MediaPlaylist.Segment last =
                                rig.live("cam").orElseThrow().segments().getLast();
                        return last.uri().equals(day.incarnation() + ".ts")
                                && last.range().offset() + last.range().length() == day.sizeBytes();
                    });
            assertEquals("cam/day.ts", rig.cameras.status("cam").orElseThrow().key());
        }
    }

    @Test
    void aWallClockThatIsSetBackKeepsNoNewObjectFromTheLivePicture() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            FakeCamera camera = new FakeCamera(0);
            rig.awaitIndexed(rig.append("cam/a.ts", camera.seconds(3)), "cam");
            rig.clock.stepWall(Duration.ofMinutes(-10));
            ObjectInfo b = rig.append("cam/b.ts", camera.seconds(3));
            rig.await(
                    "the new object is live",
                    () -> liveObjects(rig).contains(b.incarnation() + ".ts"));
            rig.clock.stepWall(Duration.ofMinutes(20));
            ObjectInfo c = rig.append("cam/c.ts", camera.seconds(3));
            rig.await("and the next one", () -> liveObjects(rig).contains(c.incarnation() + ".ts"));
        }
    }

    @Test
    void aCameraWhoseClockIsFarBehindIsToldWhyItIsNotLive() {
        try (CameraRig rig = new CameraRig(directory).started()) {
            rig.register("cam");
            String captured = rig.clock.instant().minusSeconds(600).toString();
            ObjectInfo object =
                    rig.append(
                            "cam/a.ts", new FakeCamera(0).seconds(3), CameraRig.captured(captured));
            rig.awaitIndexed(object, "cam");
            assertTrue(rig.live("cam").isEmpty());
            String warning = rig.cameras.status("cam").orElseThrow().warning();
            assertTrue(warning.contains("clock"), warning);
        }
    }
}
