package io.millrace.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.formats.aac.AacConfig;
import io.millrace.formats.aac.Adts;
import io.millrace.formats.amf.Amf0;
import io.millrace.formats.amf.AmfValue;
import io.millrace.formats.flv.FlvAudio;
import io.millrace.formats.flv.FlvVideo;
import io.millrace.formats.h264.AnnexB;
import io.millrace.formats.h264.AvcConfig;
import io.millrace.formats.h264.Sps;
import io.millrace.formats.hls.PlaylistParser;
import io.millrace.formats.mpegts.TsCodec;
import io.millrace.formats.mpegts.TsKeyframe;
import io.millrace.formats.mpegts.TsListener;
import io.millrace.formats.mpegts.TsProgram;
import io.millrace.formats.mpegts.TsScanner;
import io.millrace.formats.rtmp.ChunkReader;
import io.millrace.formats.rtmp.ChunkWriter;
import io.millrace.formats.rtmp.RtmpMessage;
import io.millrace.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Garbage and damaged bytes: every parser answers, or throws its own exception and no other. */
class GarbageTest {
    private static final int ROUNDS = 20_000;
    private static final byte[] AVC_CONFIG =
            HexFormat.of()
                    .parseHex(
                            "0164001fffe1001c6764001facd9405005bb016a02020280"
                                    + "0000030080000018478c18cb01000668ebe3cb22c0");

    private final Seed seed = Seed.fresh();
    private final Random random = seed.random();

    private interface Parser {
        void parse(byte[] bytes) throws IOException;
    }

    private void fuzz(byte[] valid, Parser parser) {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes;
            if (round % 2 == 0) {
                bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
                System.arraycopy(
                        valid,
                        0,
                        bytes,
                        0,
                        Math.min(random.nextInt(8), Math.min(bytes.length, valid.length)));
            } else {
                bytes = Arrays.copyOf(valid, random.nextInt(valid.length + 1));
                for (int i = 0; i < 3 && bytes.length > 0; i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
            try {
                parser.parse(bytes);
            } catch (FormatException | IOException expected) {
                // the typed answer
            } catch (RuntimeException | Error e) {
                throw new AssertionError(seed + " bytes " + HexFormat.of().formatHex(bytes), e);
            }
        }
    }

    @Test
    void amf() {
        byte[] valid =
                Amf0.write(
                        AmfValue.of("connect"),
                        AmfValue.of(1),
                        AmfValue.object(
                                "app",
                                "live",
                                "n",
                                2,
                                "list",
                                new AmfValue.Arr(List.of(AmfValue.NOTHING))));
        assertEquals(3, Amf0.read(valid, 0, valid.length).size());
        fuzz(valid, b -> Amf0.read(b, 0, b.length));
    }

    @Test
    void chunks() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ChunkWriter writer = new ChunkWriter(out);
        byte[] payload = new byte[1_000];
        random.nextBytes(payload);
        writer.write(6, new RtmpMessage(RtmpMessage.VIDEO, 1, 5, payload));
        writer.setChunkSize(300);
        writer.write(6, new RtmpMessage(RtmpMessage.VIDEO, 1, 0x1234567, payload));
        ChunkReader reader = new ChunkReader(new ByteArrayInputStream(out.toByteArray()), 4_096);
        for (long timestamp : new long[] {5, 0x1234567}) {
            RtmpMessage message = reader.read();
            assertNotNull(message);
            assertEquals(timestamp, message.timestamp());
            assertEquals(
                    HexFormat.of().formatHex(payload), HexFormat.of().formatHex(message.payload()));
        }
        assertNull(reader.read());
        fuzz(
                out.toByteArray(),
                b -> {
                    ChunkReader r = new ChunkReader(new ByteArrayInputStream(b), 4_096);
                    while (r.read() != null) {}
                });
    }

    @Test
    void aMessageBeyondTheBoundIsRefusedBeforeItsBytesCome() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new ChunkWriter(out).write(6, new RtmpMessage(RtmpMessage.VIDEO, 1, 5, new byte[5_000]));
        ChunkReader reader = new ChunkReader(new ByteArrayInputStream(out.toByteArray()), 4_096);
        assertEquals(
                FormatException.Code.TOO_LARGE,
                assertThrows(FormatException.class, reader::read).code());
    }

    @Test
    void flvTags() {
        byte[] video = new byte[5 + AVC_CONFIG.length];
        video[0] = 0x17;
        System.arraycopy(AVC_CONFIG, 0, video, 5, AVC_CONFIG.length);
        fuzz(video, FlvVideo::parse);
        fuzz(new byte[] {(byte) 0x90, 'a', 'v', 'c', '1', 1, 2, 3}, FlvVideo::parse);
        fuzz(new byte[] {(byte) 0xaf, 0, 0x12, 0x10}, FlvAudio::parse);
        fuzz(new byte[] {(byte) 0x90, 'm', 'p', '4', 'a', 1, 2, 3}, FlvAudio::parse);
    }

    @Test
    void otherCodecsAreRefusedByName() {
        byte[] hevc = {(byte) 0x90, 'h', 'v', 'c', '1', 0, 0, 0};
        FormatException refused = assertThrows(FormatException.class, () -> FlvVideo.parse(hevc));
        assertEquals(FormatException.Code.UNSUPPORTED, refused.code());
        assertEquals("H.265 (HEVC) video; send H.264", refused.getMessage());
    }

    @Test
    void h264() {
        AvcConfig config = AvcConfig.parse(AVC_CONFIG, 0, AVC_CONFIG.length);
        assertEquals(1280, config.sps().width());
        assertEquals(720, config.sps().height());
        assertEquals("avc1.64001f", config.sps().codec());
        fuzz(AVC_CONFIG, b -> AvcConfig.parse(b, 0, b.length));
        byte[] sps = Arrays.copyOfRange(AVC_CONFIG, 8, 8 + 28);
        fuzz(sps, b -> Sps.parse(b, 0, b.length));
        AnnexB annexB = new AnnexB();
        fuzz(
                new byte[] {0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41},
                b -> annexB.convert(config, b, 0, true));
    }

    @Test
    void aac() {
        AacConfig config = AacConfig.parse(new byte[] {0x12, 0x10}, 0, 2);
        assertEquals(44_100, config.sampleRateHertz());
        assertEquals(2, config.channels());
        byte[] header = new byte[7];
        Adts.write(config, 300, header, 0);
        assertEquals(307, Adts.parse(header, 0, 7).frameBytes());
        assertEquals(config, Adts.parse(header, 0, 7).config());
        fuzz(new byte[] {0x12, 0x10, 0x56, (byte) 0xe5, 0}, b -> AacConfig.parse(b, 0, b.length));
        fuzz(header, b -> Adts.parse(b, 0, b.length));
    }

    @Test
    void playlists() {
        String text =
                "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n"
                        + "#EXT-X-MAP:URI=\"i\",BYTERANGE=\"3@4\"\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
                        + "#EXTINF:2.0,\n#EXT-X-BYTERANGE:5@6\na.ts\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x2\nb\n#EXT-X-ENDLIST\n";
        byte[] valid = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(1, PlaylistParser.media(text).segments().size());
        fuzz(valid, b -> PlaylistParser.media(new String(b, StandardCharsets.ISO_8859_1)));
        fuzz(valid, b -> PlaylistParser.master(new String(b, StandardCharsets.ISO_8859_1)));
    }

    @Test
    void transportStream() {
        TsListener deaf =
                new TsListener() {
                    @Override
                    public void program(TsProgram program) {}

                    @Override
                    public void keyframe(TsKeyframe keyframe) {}

                    @Override
                    public void codec(TsCodec codec) {}

                    @Override
                    public void damage(long offset, Damage kind, long amount) {}
                };
        byte[] bytes = new byte[188 * 40];
        for (int round = 0; round < 2_000; round++) {
            random.nextBytes(bytes);
            for (int at = 0; at < bytes.length; at += 188) {
                bytes[at] = 0x47;
                if (random.nextInt(3) == 0) {
                    bytes[at + 1] = 0x40;
                    bytes[at + 2] = 0;
                }
            }
            TsScanner scanner = new TsScanner(deaf);
            try {
                scanner.feed(bytes, 0, 1_000);
                scanner.feed(bytes, 1_000, bytes.length - 1_000);
            } catch (RuntimeException e) {
                throw new AssertionError(seed.toString(), e);
            }
        }
    }
}
