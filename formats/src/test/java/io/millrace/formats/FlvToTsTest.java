package io.millrace.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.formats.aac.AacConfig;
import io.millrace.formats.aac.Adts;
import io.millrace.formats.flv.FlvAudio;
import io.millrace.formats.flv.FlvFile;
import io.millrace.formats.flv.FlvVideo;
import io.millrace.formats.h264.AnnexB;
import io.millrace.formats.h264.AvcConfig;
import io.millrace.formats.mpegts.TsBuffer;
import io.millrace.formats.mpegts.TsCodec;
import io.millrace.formats.mpegts.TsKeyframe;
import io.millrace.formats.mpegts.TsListener;
import io.millrace.formats.mpegts.TsMuxer;
import io.millrace.formats.mpegts.TsProgram;
import io.millrace.formats.mpegts.TsScanner;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Real encoder output through FLV, H.264, AAC, the muxer and the scanner; ffprobe is the judge. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlvToTsTest {
    private static final int SECONDS = 4;

    @TempDir static Path directory = Path.of("");
    private byte[] flv = new byte[0];
    private byte[] ts = new byte[0];
    private final List<Long> muxedKeyframes = new ArrayList<>();

    @BeforeAll
    void encode() throws Exception {
        Path file = directory.resolve("in.flv");
        run(
                "ffmpeg",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=426x240:rate=25:duration=" + SECONDS,
                "-f",
                "lavfi",
                "-i",
                "sine=frequency=440:sample_rate=44100:duration=" + SECONDS,
                "-c:v",
                "libx264",
                "-preset",
                "veryfast",
                "-g",
                "25",
                "-keyint_min",
                "25",
                "-bf",
                "2",
                "-c:a",
                "aac",
                "-b:a",
                "64k",
                "-f",
                "flv",
                file.toString());
        flv = Files.readAllBytes(file);
        ts = mux();
    }

    private byte[] mux() throws IOException {
        FlvFile in = new FlvFile(new ByteArrayInputStream(flv));
        TsMuxer muxer = new TsMuxer(true, true);
        TsBuffer out = new TsBuffer(0);
        AnnexB annexB = new AnnexB();
        AvcConfig avc = null;
        AacConfig aac = null;
        for (FlvFile.Tag tag = in.read(); tag != null; tag = in.read()) {
            long ticks = tag.timestamp() * 90 + 2 * TsMuxer.TICKS;
            if (tag.type() == 9) {
                switch (FlvVideo.parse(tag.body())) {
                    case FlvVideo.Config c ->
                            avc =
                                    AvcConfig.parse(
                                            c.bytes(), c.offset(), c.bytes().length - c.offset());
                    case FlvVideo.Frame f -> {
                        assertNotNull(avc);
                        annexB.convert(avc, f.bytes(), f.offset(), false);
                        assertEquals(f.keyframe(), annexB.idr());
                        if (annexB.idr()) {
                            muxer.tables(out);
                            muxedKeyframes.add((long) out.length());
                        }
                        long pts = ticks + f.compositionMilliseconds() * 90L;
                        muxer.video(out, annexB.bytes(), annexB.length(), pts, ticks, annexB.idr());
                    }
                    case FlvVideo.Nothing n -> {}
                }
            } else if (tag.type() == 8) {
                switch (FlvAudio.parse(tag.body())) {
                    case FlvAudio.Config c ->
                            aac =
                                    AacConfig.parse(
                                            c.bytes(), c.offset(), c.bytes().length - c.offset());
                    case FlvAudio.Frame f -> {
                        assertNotNull(aac);
                        int size = f.bytes().length - f.offset();
                        byte[] frame = new byte[size + Adts.HEADER_BYTES];
                        Adts.write(aac, size, frame, 0);
                        System.arraycopy(f.bytes(), f.offset(), frame, Adts.HEADER_BYTES, size);
                        muxer.audio(out, frame, frame.length, ticks);
                    }
                    case FlvAudio.Nothing n -> {}
                }
            }
        }
        assertNotNull(avc);
        assertEquals(426, avc.sps().width());
        assertEquals(240, avc.sps().height());
        assertEquals(25.0, avc.sps().framesPerSecond());
        return Arrays.copyOf(out.bytes(), out.length());
    }

    @Test
    void ffprobeDecodesEveryFrameWithoutAComplaint() throws Exception {
        Path file = directory.resolve("out.ts");
        Files.write(file, ts);
        String frames =
                run(
                        "ffprobe",
                        "-v",
                        "error",
                        "-count_frames",
                        "-show_entries",
                        "stream=codec_name,nb_read_frames,width,height,sample_rate",
                        "-of",
                        "default=nw=1",
                        file.toString());
        assertTrue(frames.contains("nb_read_frames=" + SECONDS * 25), frames);
        assertTrue(frames.contains("width=426"), frames);
        assertTrue(frames.contains("codec_name=aac"), frames);
        String complaints =
                run("ffmpeg", "-v", "warning", "-xerror", "-i", file.toString(), "-f", "null", "-");
        assertEquals("", complaints.strip());
    }

    @Test
    void scannerFindsEveryKeyframeWhateverThePieces() {
        for (int piece : new int[] {ts.length, 188, 1, 7, 1_316, 4_096}) {
            Found found = scan(ts, piece);
            assertEquals(muxedKeyframes, found.keyframes.stream().map(TsKeyframe::offset).toList());
            assertTrue(found.keyframes.stream().allMatch(TsKeyframe::tablesInFront));
            assertTrue(found.keyframes.stream().allMatch(k -> k.entryOffset() == k.offset() - 376));
            assertEquals(1, found.programs.size());
            TsCodec codec = found.codecs.getLast();
            assertEquals(426, codec.width());
            assertEquals("mp4a.40.2", codec.audio());
            assertTrue(codec.video() != null && codec.video().startsWith("avc1.64"), "" + codec);
            assertEquals(List.of(), found.damages);
        }
    }

    @Test
    void keyframesAreFoundWithoutTheRandomAccessFlagToo() {
        byte[] plain = ts.clone();
        for (int at = 0; at < plain.length; at += TsMuxer.PACKET) {
            if ((plain[at + 3] & 0x20) != 0 && plain[at + 4] > 0) {
                plain[at + 5] &= ~0x40;
            }
        }
        Found found = scan(plain, 1_000);
        assertEquals(muxedKeyframes, found.keyframes.stream().map(TsKeyframe::offset).toList());
    }

    @Test
    void scannerGoesOnAfterATornTail() {
        for (int torn : new int[] {1, 100, 187}) {
            int cut = (ts.length / 2 / 188) * 188 + torn;
            byte[] joined = Arrays.copyOf(ts, cut + ts.length);
            System.arraycopy(ts, 0, joined, cut, ts.length);
            Found found = scan(joined, 1_880);
            long second = found.keyframes.stream().filter(k -> k.offset() >= cut).count();
            assertEquals(muxedKeyframes.size(), second);
            assertFalse(found.damages.isEmpty());
        }
    }

    @Test
    void scannerStartsInTheMiddleWithAKnownProgram() {
        Found all = scan(ts, ts.length);
        Found tail = new Found();
        int from = (int) all.keyframes.get(2).offset();
        TsScanner scanner = new TsScanner(from, all.programs.getFirst(), tail);
        scanner.feed(ts, from, ts.length - from);
        assertEquals(
                all.keyframes.stream().map(TsKeyframe::offset).skip(2).toList(),
                tail.keyframes.stream().map(TsKeyframe::offset).toList());
    }

    @Test
    void ffmpegsOwnTransportStreamIsRead() throws Exception {
        Path file = directory.resolve("in.flv");
        Path out = directory.resolve("ffmpeg.ts");
        run("ffmpeg", "-v", "error", "-y", "-i", file.toString(), "-c", "copy", out.toString());
        Found found = scan(Files.readAllBytes(out), 4_000);
        assertEquals(SECONDS, found.keyframes.size());
        assertTrue(found.keyframes.stream().allMatch(TsKeyframe::tablesInFront));
        assertEquals(426, found.codecs.getLast().width());
        assertEquals(List.of(), found.damages);
    }

    @Test
    void damageIsToldAndNeverThrown() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            byte[] broken = ts.clone();
            for (int i = 0; i < 200; i++) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            scan(broken, 1 + random.nextInt(5_000));
        }
    }

    private static Found scan(byte[] bytes, int piece) {
        Found found = new Found();
        TsScanner scanner = new TsScanner(found);
        for (int at = 0; at < bytes.length; at += piece) {
            scanner.feed(bytes, at, Math.min(piece, bytes.length - at));
        }
        return found;
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), out);
        return out;
    }

    /** Everything that a scan told. */
    private static final class Found implements TsListener {
        final List<TsProgram> programs = new ArrayList<>();
        final List<TsKeyframe> keyframes = new ArrayList<>();
        final List<TsCodec> codecs = new ArrayList<>();
        final List<String> damages = new ArrayList<>();

        @Override
        public void program(TsProgram program) {
            programs.add(program);
        }

        @Override
        public void keyframe(TsKeyframe keyframe) {
            keyframes.add(keyframe);
        }

        @Override
        public void codec(TsCodec codec) {
            codecs.add(codec);
        }

        @Override
        public void damage(long offset, Damage kind, long amount) {
            damages.add(kind + " at " + offset);
        }
    }
}
