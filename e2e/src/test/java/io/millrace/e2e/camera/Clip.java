package io.millrace.e2e.camera;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A transport stream that the real ffmpeg made: H.264 with a keyframe each second and AAC. Knows
 * where its keyframes begin, read from the packets here and not by what is tested.
 *
 * @param keyframes offsets of the PAT before each of them
 */
@SuppressWarnings("ArrayRecordComponent")
public record Clip(byte[] bytes, List<Integer> keyframes) {
    private static final int PACKET = 188;
    private static final int VIDEO = 0x100;

    /** Makes one, a few KiB a second. */
    public static Clip encode(Path directory, int seconds) {
        Path file = directory.resolve("clip.ts");
        String picture = "testsrc2=size=96x64:rate=5:duration=" + seconds;
        String tone = "sine=frequency=300:sample_rate=16000:duration=" + seconds;
        String encoding =
                "-c:v libx264 -preset ultrafast -tune zerolatency -g 5 -keyint_min 5 -sc_threshold 0"
                        + " -b:v 40k -pix_fmt yuv420p -c:a aac -b:a 16k -f mpegts -muxdelay 0"
                        + " -muxpreload 0";
        List<String> command =
                new ArrayList<>(List.of("ffmpeg", "-nostdin", "-y", "-loglevel", "error"));
        command.addAll(List.of("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone));
        command.addAll(Arrays.asList(encoding.split(" ")));
        command.add(file.toString());
        try {
            Process ffmpeg = new ProcessBuilder(command).inheritIO().start();
            if (ffmpeg.waitFor() != 0) {
                throw new AssertionError("ffmpeg ended with " + ffmpeg.exitValue());
            }
            return of(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Clip of(byte[] bytes) {
        List<Integer> keyframes = new ArrayList<>();
        int tables = -1;
        for (int at = 0; at + PACKET <= bytes.length; at += PACKET) {
            int pid = (bytes[at + 1] & 0x1f) << 8 | (bytes[at + 2] & 0xff);
            boolean begins = (bytes[at + 1] & 0x40) != 0;
            boolean adapted = (bytes[at + 3] & 0x20) != 0 && bytes[at + 4] > 0;
            boolean random = adapted && (bytes[at + 5] & 0x40) != 0;
            if (pid == 0) {
                tables = at;
            } else if (pid == VIDEO && begins && random) {
                keyframes.add(tables);
            }
        }
        return new Clip(bytes, List.copyOf(keyframes));
    }

    byte[] part(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Where the first keyframe at or after an offset begins. */
    int keyframeFrom(int offset) {
        return keyframes.stream().mapToInt(k -> k).filter(k -> k >= offset).min().orElseThrow();
    }
}
